"""Component status: the shape on the wire, and its columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import NAME
from pybernetes.api.definition import Column, Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
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


def _condition(status: Json) -> Json:
    found: Json = next((one for one in status.get("conditions") or () if one.get("type") == "Healthy"), {})
    return found


def _status(status: Json, now: datetime) -> str:
    healthy = _condition(status)
    if not healthy:
        return "Unknown"
    return "Healthy" if healthy.get("status") == "True" else "Unhealthy"


def _said(field: str) -> Callable[[Json, datetime], str]:
    return lambda status, now: str(_condition(status).get(field) or "")


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Status", _status, description="Whether it is well."),
        Column("Message", _said("message"), description="What its check answered."),
        Column("Error", _said("error"), description="Why it could not be checked."),
    ),
    deprecation_warning="v1 ComponentStatus is deprecated in v1.19+",
)
