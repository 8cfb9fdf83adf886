"""Component status: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import ListMap, PatchMerge


class ComponentStatus(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    conditions: Annotated[list[ComponentCondition], ListMap("type"), PatchMerge("type")]


class ComponentCondition(TypedDict, total=False):
    status: Required[str]
    error: str
    message: str
    type: Required[str]
