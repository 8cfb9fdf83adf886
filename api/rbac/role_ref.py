"""Role ref: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Always, struct


@struct(atomic=True)
class RoleRef(TypedDict, total=False):
    kind: Required[str]
    apiGroup: Annotated[str, Always()]
    name: Required[str]
