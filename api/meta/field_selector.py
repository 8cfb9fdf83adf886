"""Field selector: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class FieldSelectorRequirement(TypedDict, total=False):
    """A requirement on one field."""

    key: Required[str]
    "The path of the field."
    operator: Required[str]
    "In, NotIn, Exists or DoesNotExist."
    values: Annotated[list[str], Atomic()]
    "The values to compare with, for In and NotIn."
