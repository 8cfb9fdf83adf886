"""Role ref: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Always, struct


@struct(atomic=True)
class RoleRef(TypedDict, total=False):
    """The role that a binding gives."""

    kind: Required[str]
    "Role or ClusterRole."
    apiGroup: Annotated[str, Always()]
    "The API group of the role: rbac.authorization.k8s.io."
    name: Required[str]
    "The name of the role."
