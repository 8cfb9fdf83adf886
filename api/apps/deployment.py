"""Deployment: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.apps.workload_columns import SELECTOR
from pybernetes.api.apps.workload_validation import (
    validate_at_most_all,
    validate_counts,
    validate_int_or_percent,
    validate_replica_counts,
    validate_selector,
    validate_template,
)
from pybernetes.api.columns import AGE, CONTAINERS, IMAGES, NAME, number_of
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, Default, Immutable, ListMap, PatchMerge


class Deployment(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[DeploymentSpec, Always()]
    status: Annotated[DeploymentStatus, Always()]


class DeploymentSpec(TypedDict, total=False):
    minReadySeconds: Int32
    paused: bool
    progressDeadlineSeconds: Annotated[Int32 | None, Default(600)]
    replicas: Annotated[Int32 | None, Default(1)]
    revisionHistoryLimit: Annotated[Int32 | None, Default(10)]
    selector: Required[Annotated[LabelSelector, Immutable()]]
    strategy: Annotated[DeploymentStrategy, Always(), PatchMerge(retain_keys=True)]
    template: Required[Annotated[PodTemplateSpec, Always()]]


class DeploymentStrategy(TypedDict, total=False):
    rollingUpdate: RollingUpdateDeployment
    type: Annotated[str, Default("RollingUpdate")]


class RollingUpdateDeployment(TypedDict, total=False):
    maxSurge: IntOrString
    maxUnavailable: IntOrString


class DeploymentStatus(TypedDict, total=False):
    availableReplicas: Int32
    collisionCount: Int32 | None
    conditions: Annotated[list[DeploymentCondition], ListMap("type"), PatchMerge("type")]
    observedGeneration: Int64
    readyReplicas: Int32
    replicas: Int32
    terminatingReplicas: Int32 | None
    unavailableReplicas: Int32
    updatedReplicas: Int32


class DeploymentCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    lastUpdateTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]


_RECREATE, _ROLLING_UPDATE = "Recreate", "RollingUpdate"
_DEFAULT_STEP = "25%"
_COUNTS = (
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "terminatingReplicas",
    "collisionCount",
)


def _set_defaults(deployment: Json) -> None:
    """A rolling update goes in steps of a quarter."""
    spec = deployment.get("spec") or {}
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == _ROLLING_UPDATE:
        steps = strategy.setdefault("rollingUpdate", {})
        steps.setdefault("maxUnavailable", _DEFAULT_STEP)
        steps.setdefault("maxSurge", _DEFAULT_STEP)
    if spec.get("template") is not None:
        set_template_defaults(spec["template"])


def _validate(deployment: Json, errors: ErrorList) -> None:
    spec = deployment.get("spec") or {}
    validate_counts(spec, "spec", ("replicas", "minReadySeconds", "revisionHistoryLimit"), errors)
    selector = validate_selector(spec, errors)
    validate_template(spec.get("template"), selector, "ReplicaSet", errors)
    _validate_strategy(spec.get("strategy") or {}, errors)
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        validate_counts(spec, "spec", ("progressDeadlineSeconds",), errors)
        if deadline <= (spec.get("minReadySeconds") or 0):
            errors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _validate_strategy(strategy: Json, errors: ErrorList) -> None:
    steps, at = strategy.get("rollingUpdate"), "spec.strategy.rollingUpdate"
    if strategy.get("type") == _RECREATE:
        if steps is not None:
            errors.forbidden(at, "may not be specified when strategy `type` is 'Recreate'")
    elif strategy.get("type") != _ROLLING_UPDATE:
        errors.not_supported("spec.strategy", strategy, (_RECREATE, _ROLLING_UPDATE))
    elif steps is None:
        errors.required(at, "this should be defaulted and never be nil")
    else:
        unavailable, surge = steps.get("maxUnavailable", 0), steps.get("maxSurge", 0)
        validate_int_or_percent(unavailable, f"{at}.maxUnavailable", errors)
        validate_int_or_percent(surge, f"{at}.maxSurge", errors)
        if unavailable in (0, "0%") and surge in (0, "0%"):
            errors.invalid(f"{at}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
        validate_at_most_all(unavailable, f"{at}.maxUnavailable", errors)


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    status, before = new.get("status") or {}, old.get("status") or {}
    validate_counts(status, "status", (*_COUNTS, "observedGeneration"), errors)
    validate_replica_counts(status, ("updatedReplicas", "readyReplicas", "availableReplicas"), errors)
    collisions, was = status.get("collisionCount"), before.get("collisionCount")
    if was is not None and (collisions is None or collisions < was):
        errors.invalid("status.collisionCount", collisions, "cannot be decremented")


def _ready(deployment: Json, now: datetime) -> str:
    ready = (deployment.get("status") or {}).get("readyReplicas") or 0
    return f"{ready}/{(deployment.get('spec') or {}).get('replicas') or 0}"


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Ready", _ready, description="How many pods are ready of those there shall be."),
        Column("Up-to-date", number_of("status", "updatedReplicas"), description="How many have the newest template."),
        Column("Available", number_of("status", "availableReplicas"), description="How many have been ready a while."),
        AGE,
        CONTAINERS,
        IMAGES,
        SELECTOR,
    ),
    set_defaults=_set_defaults,
    validate=_validate,
    validate_status=_validate_status,
    spec_fields=("spec",),
)
