"""Role: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.rbac.policy_rule import PolicyRule
from pybernetes.api.schema.marks import Atomic


class Role(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    rules: Annotated[list[PolicyRule], Atomic()]
