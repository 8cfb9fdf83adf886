"""Deployment: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.apps.workload_columns import SELECTOR
from pybernetes.api.apps.workload_validation import (
    is_zero,
    validate_at_most_all,
    validate_collisions,
    validate_counts,
    validate_int_or_percent,
    validate_replica_counts,
    validate_selector,
    validate_template,
)
from pybernetes.api.columns import AGE, CONTAINERS, IMAGES, NAME, number_of
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.core.pod_warnings import workload_warnings
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, Default, Immutable, ListMap, PatchMerge


class Deployment(TypedDict, total=False):
    """Keeps a number of like pods running, and replaces them step by step when their template changes."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[DeploymentSpec, Always()]
    "Which pods, how many, and how they are replaced."
    status: Annotated[DeploymentStatus, Always()]
    "How far it has come."


class DeploymentSpec(TypedDict, total=False):
    """Which pods a deployment keeps, how many, and how a new template replaces the old."""

    minReadySeconds: Int32
    "For how many seconds a new pod must be ready to count as available. The default is 0."
    paused: bool
    "Whether changes of the template are held back."
    progressDeadlineSeconds: Annotated[Int32 | None, Default(600)]
    "After how many seconds without progress a rollout is reported as failed."
    replicas: Annotated[Int32 | None, Default(1)]
    "How many pods there should be."
    revisionHistoryLimit: Annotated[Int32 | None, Default(10)]
    "How many old replica sets are kept to roll back to."
    selector: Required[Annotated[LabelSelector, Immutable()]]
    "Which pods are the deployment's. It must match the template's labels, and cannot change."
    strategy: Annotated[DeploymentStrategy, Always(), PatchMerge(retain_keys=True)]
    "How pods of an old template are replaced."
    template: Required[Annotated[PodTemplateSpec, Always()]]
    "The pod. Its restart policy is Always."


class DeploymentStrategy(TypedDict, total=False):
    """How a deployment's old pods are replaced."""

    rollingUpdate: RollingUpdateDeployment
    "How fast, for RollingUpdate."
    type: Annotated[str, Default("RollingUpdate")]
    "RollingUpdate to replace them by and by, Recreate to end all of them first."


class RollingUpdateDeployment(TypedDict, total=False):
    """How fast a deployment's pods are replaced."""

    maxSurge: IntOrString
    "How many pods there may be beyond replicas, as a number or a percentage, rounded up. The default is 25%."
    maxUnavailable: IntOrString
    "How many pods may be missing, as a number or a percentage, rounded down. The default is 25%."


class DeploymentStatus(TypedDict, total=False):
    """How far a deployment has come."""

    availableReplicas: Int32
    "How many pods have been ready for minReadySeconds."
    collisionCount: Int32 | None
    "How often the name of a new replica set was taken already. It goes into the name's hash."
    conditions: Annotated[list[DeploymentCondition], ListMap("type"), PatchMerge("type")]
    "What is known of the deployment's state: Available, Progressing, ReplicaFailure."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."
    readyReplicas: Int32
    "How many pods are ready."
    replicas: Int32
    "How many pods there are, of any template, without those that are ending."
    terminatingReplicas: Int32 | None
    "How many pods are ending."
    unavailableReplicas: Int32
    "How many pods are still wanting before all are available."
    updatedReplicas: Int32
    "How many pods have the newest template."


class DeploymentCondition(TypedDict, total=False):
    """One aspect of a deployment's state."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    lastUpdateTime: Annotated[Time, Always()]
    "When the condition was last written."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect: Available, Progressing or ReplicaFailure."


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
    validate_counts(spec, "spec", ("replicas",), errors)
    selector = validate_selector(spec, errors)
    if selector is not None:
        validate_template(spec.get("template"), selector, "ReplicaSet", errors)
    _validate_strategy(spec.get("strategy") or {}, errors)
    validate_counts(spec, "spec", ("minReadySeconds", "revisionHistoryLimit"), errors)
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
        errors.not_supported(
            "spec.strategy", internal(strategy, "apps.deployment.DeploymentStrategy"), (_RECREATE, _ROLLING_UPDATE)
        )
    elif steps is None:
        errors.required(at, "this should be defaulted and never be nil")
    else:
        unavailable, surge = steps.get("maxUnavailable", 0), steps.get("maxSurge", 0)
        validate_int_or_percent(unavailable, f"{at}.maxUnavailable", errors)
        validate_int_or_percent(surge, f"{at}.maxSurge", errors)
        if is_zero(unavailable) and is_zero(surge):
            errors.invalid(f"{at}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
        validate_at_most_all(unavailable, f"{at}.maxUnavailable", errors)


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    status = new.get("status") or {}
    validate_counts(status, "status", (*_COUNTS, "observedGeneration"), errors)
    validate_replica_counts(status, ("updatedReplicas", "readyReplicas", "availableReplicas"), errors)
    validate_collisions(new, old, errors)


def _ready(deployment: Json, now: datetime) -> str:
    ready = (deployment.get("status") or {}).get("readyReplicas") or 0
    return f"{ready}/{(deployment.get('spec') or {}).get('replicas') or 0}"


DEFINITION = Definition(
    kept_by_status=("labels",),
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
    warnings=workload_warnings,
    spec_fields=("spec",),
)
