"""Resource attributes: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.meta.field_selector import FieldSelectorRequirement
from pybernetes.api.meta.label_selector import LabelSelectorRequirement
from pybernetes.api.schema.marks import Atomic


class FieldSelectorAttributes(TypedDict, total=False):
    rawSelector: str
    requirements: Annotated[list[FieldSelectorRequirement], Atomic()]


class LabelSelectorAttributes(TypedDict, total=False):
    rawSelector: str
    requirements: Annotated[list[LabelSelectorRequirement], Atomic()]


class ResourceAttributes(TypedDict, total=False):
    fieldSelector: FieldSelectorAttributes
    group: str
    labelSelector: LabelSelectorAttributes
    name: str
    namespace: str
    resource: str
    subresource: str
    verb: str
    version: str
