"""Label selector: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic, struct


@struct(atomic=True)
class LabelSelector(TypedDict, total=False):
    matchExpressions: Annotated[list[LabelSelectorRequirement], Atomic()]
    matchLabels: dict[str, str]


class LabelSelectorRequirement(TypedDict, total=False):
    key: Required[str]
    operator: Required[str]
    values: Annotated[list[str], Atomic()]
