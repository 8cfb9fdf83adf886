"""Component status: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, ListMap, PatchMerge


class ComponentStatus(TypedDict, total=False):
    """The health of a component of the control plane. An old kind; the components' own health endpoints are better."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    conditions: Annotated[list[ComponentCondition], ListMap("type"), PatchMerge("type")]
    "What is known of the component's health."


class ComponentCondition(TypedDict, total=False):
    """One aspect of a component's health."""

    status: Required[str]
    "Whether it is healthy: True, False or Unknown."
    error: str
    "The error code of the check."
    message: str
    "What the check answered."
    type: Required[str]
    "The aspect; Healthy is the one that there is."
