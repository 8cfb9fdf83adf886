"""Cluster role binding: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.rbac.role_ref import RoleRef
from pybernetes.api.rbac.subject import Subject
from pybernetes.api.schema.marks import Atomic


class ClusterRoleBinding(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    roleRef: Required[RoleRef]
    subjects: Annotated[list[Subject], Atomic()]
