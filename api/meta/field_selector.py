"""Field selector: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class FieldSelectorRequirement(TypedDict, total=False):
    key: Required[str]
    operator: Required[str]
    values: Annotated[list[str], Atomic()]
