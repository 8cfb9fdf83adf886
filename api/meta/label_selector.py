"""Label selector: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic, struct


@struct(atomic=True)
class LabelSelector(TypedDict, total=False):
    """A set of objects by their labels: those that meet every requirement. An empty one selects all."""

    matchExpressions: Annotated[list[LabelSelectorRequirement], Atomic()]
    "Requirements on labels."
    matchLabels: dict[str, str]
    "Labels that objects must have with these values."


class LabelSelectorRequirement(TypedDict, total=False):
    """A requirement on one label."""

    key: Required[str]
    "The label."
    operator: Required[str]
    "In, NotIn, Exists or DoesNotExist."
    values: Annotated[list[str], Atomic()]
    "The values to compare with, for In and NotIn."
