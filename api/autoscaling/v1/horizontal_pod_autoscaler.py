"""Horizontal pod autoscaler: the shape on the wire. Its rules and columns are those of autoscaling/v2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Required

from typing_extensions import TypedDict

from pybernetes.api.autoscaling.v1.conversion import from_stored, to_stored, to_v2
from pybernetes.api.autoscaling.v2.columns import AUTOSCALER_COLUMNS
from pybernetes.api.autoscaling.v2.validation import (
    validate_autoscaler,
    validate_autoscaler_status,
    validate_autoscaler_update,
)
from pybernetes.api.definition import Definition, StoredAs
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, Time
from pybernetes.api.schema.marks import Always, Default, struct


class HorizontalPodAutoscaler(TypedDict, total=False):
    """Changes how many pods a workload has by how much CPU they use."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[HorizontalPodAutoscalerSpec, Always()]]
    "Which workload, and within what bounds."
    status: Annotated[HorizontalPodAutoscalerStatus, Always()]
    "What it last did."


class HorizontalPodAutoscalerSpec(TypedDict, total=False):
    """Which workload is scaled, within what bounds, and by what measure."""

    maxReplicas: Required[Int32]
    "The most pods that there may be."
    minReplicas: Annotated[Int32 | None, Default(1)]
    "The fewest pods that there may be."
    scaleTargetRef: Required[Annotated[CrossVersionObjectReference, Always()]]
    "The workload. It must have the scale subresource."
    targetCPUUtilizationPercentage: Int32 | None
    "The CPU use to aim for, as a percentage of what the pods request. The default is 80."


@struct(atomic=True)
class CrossVersionObjectReference(TypedDict, total=False):
    """An object of the same namespace."""

    apiVersion: str
    "The group and version of the object."
    kind: Required[str]
    "The kind of the object."
    name: Required[str]
    "The name of the object."


class HorizontalPodAutoscalerStatus(TypedDict, total=False):
    """What an autoscaler last saw and did."""

    currentCPUUtilizationPercentage: Int32 | None
    "The CPU use of the pods, as a percentage of what they request."
    currentReplicas: Required[Int32]
    "How many pods there were."
    desiredReplicas: Required[Int32]
    "How many pods it wants."
    lastScaleTime: Time
    "When it last changed the number."
    observedGeneration: Int64 | None
    "The generation of the object that this status was worked out from."


def _validate(autoscaler: Json, errors: ErrorList) -> None:
    validate_autoscaler(to_v2(autoscaler), errors)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    validate_autoscaler_update(to_v2(new), to_v2(old), errors)


def _as_v2(cell: Callable[[Json, datetime], Any]) -> Callable[[Json, datetime], Any]:
    return lambda autoscaler, now: cell(to_v2(autoscaler), now)


DEFINITION = Definition(
    columns=tuple(replace(column, cell=_as_v2(column.cell)) for column in AUTOSCALER_COLUMNS),
    validate=_validate,
    validate_update=_validate_update,
    validate_status=validate_autoscaler_status,
    stored_as=StoredAs("horizontalpodautoscalers.autoscaling", to_stored, from_stored),
)
