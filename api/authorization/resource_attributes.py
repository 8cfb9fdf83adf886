"""Resource attributes: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.meta.field_selector import FieldSelectorRequirement
from pybernetes.api.meta.label_selector import LabelSelectorRequirement
from pybernetes.api.schema.marks import Atomic


class FieldSelectorAttributes(TypedDict, total=False):
    """The fields that a request is narrowed to, as text or as requirements."""

    rawSelector: str
    "The selector as in a query, for callers that do not read it themselves."
    requirements: Annotated[list[FieldSelectorRequirement], Atomic()]
    "The selector as requirements, all of which must hold."


class LabelSelectorAttributes(TypedDict, total=False):
    """The labels that a request is narrowed to, as text or as requirements."""

    rawSelector: str
    "The selector as in a query, for callers that do not read it themselves."
    requirements: Annotated[list[LabelSelectorRequirement], Atomic()]
    "The selector as requirements, all of which must hold."


class ResourceAttributes(TypedDict, total=False):
    """A request for a resource."""

    fieldSelector: FieldSelectorAttributes
    "The fields that a list or watch is narrowed to."
    group: str
    "The API group of the resource; * for all."
    labelSelector: LabelSelectorAttributes
    "The labels that a list or watch is narrowed to."
    name: str
    "The name of the object; all of them if empty."
    namespace: str
    "The namespace; that of no object if empty for resources of the cluster, and all of them for others."
    resource: str
    "The resource, such as pods; * for all."
    subresource: str
    "The subresource, such as log; none if empty."
    verb: str
    "What is to be done: get, list, watch, create, update, patch, delete, deletecollection, proxy; * for anything."
    version: str
    "The version of the API; * for all."
