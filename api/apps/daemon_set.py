"""Daemon set: the shape on the wire, its defaults, rules and columns."""

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
    validate_long_running,
)
from pybernetes.api.columns import AGE, CONTAINERS, IMAGES, NAME, format_labels, number_of
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_spec_validation import validate_pod_template
from pybernetes.api.core.pod_template import PodTemplateSpec
from pybernetes.api.core.pod_warnings import workload_warnings
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_label_selector
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, Default, Immutable, ListMap, PatchMerge
from pybernetes.api.selectors import selector_from_object


class DaemonSet(TypedDict, total=False):
    """Runs a pod on every node, or on every node of a certain kind."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[DaemonSetSpec, Always()]
    "Which pod, on which nodes."
    status: Annotated[DaemonSetStatus, Always()]
    "On how many nodes it runs."


class DaemonSetSpec(TypedDict, total=False):
    """Which pod a daemon set runs, and how a new template replaces the old."""

    minReadySeconds: Int32
    "For how many seconds a new pod must be ready to count as available. The default is 0."
    revisionHistoryLimit: Annotated[Int32 | None, Default(10)]
    "How many old revisions are kept to roll back to."
    selector: Required[Annotated[LabelSelector, Immutable()]]
    "Which pods are the daemon set's. It must match the template's labels, and cannot change."
    template: Required[Annotated[PodTemplateSpec, Always()]]
    "The pod. Its node selector and affinity say which nodes it runs on."
    updateStrategy: Annotated[DaemonSetUpdateStrategy, Always()]
    "How pods of an old template are replaced."


class DaemonSetUpdateStrategy(TypedDict, total=False):
    """How a daemon set's old pods are replaced."""

    rollingUpdate: RollingUpdateDaemonSet
    "How fast, for RollingUpdate."
    type: Annotated[str, Default("RollingUpdate")]
    "RollingUpdate to replace them by and by, OnDelete to wait until somebody deletes them."


class RollingUpdateDaemonSet(TypedDict, total=False):
    """How fast a daemon set's pods are replaced."""

    maxSurge: IntOrString
    "On how many nodes a new pod may start beside the old one, as a number or a percentage. The default is 0."
    maxUnavailable: IntOrString
    "How many pods may be missing at a time, as a number or a percentage. The default is 1."


class DaemonSetStatus(TypedDict, total=False):
    """On how many nodes a daemon set runs."""

    collisionCount: Int32 | None
    "How often the name of a new revision was taken already. It goes into the name's hash."
    conditions: Annotated[list[DaemonSetCondition], ListMap("type"), PatchMerge("type")]
    "What is known of the daemon set's state."
    currentNumberScheduled: Required[Int32]
    "How many nodes that should run the pod do."
    desiredNumberScheduled: Required[Int32]
    "How many nodes should run the pod."
    numberAvailable: Int32
    "How many of them have a pod that has been ready for minReadySeconds."
    numberMisscheduled: Required[Int32]
    "How many nodes run the pod and should not."
    numberReady: Required[Int32]
    "How many of the nodes that should run the pod have one that is ready."
    numberUnavailable: Int32
    "How many of them have no available pod."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."
    updatedNumberScheduled: Int32
    "How many nodes run a pod of the newest template."


class DaemonSetCondition(TypedDict, total=False):
    """One aspect of a daemon set's state."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect."


TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_ON_DELETE, _ROLLING_UPDATE = "OnDelete", "RollingUpdate"
_COUNTS = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
)


def _set_defaults(daemon_set: Json) -> None:
    """A rolling update goes node by node."""
    spec = daemon_set.get("spec") or {}
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == _ROLLING_UPDATE:
        steps = strategy.setdefault("rollingUpdate", {})
        steps.setdefault("maxUnavailable", 1)
        steps.setdefault("maxSurge", 0)
    set_template_defaults(spec.get("template") or {})


def _prepare_create(daemon_set: Json) -> None:
    """The first generation of the template, unless an annotation carries one over."""
    annotations = daemon_set["metadata"].setdefault("annotations", {})
    generation = _generation(annotations)
    annotations[TEMPLATE_GENERATION] = str(generation if generation > 0 else 1)


def _prepare_update(new: Json, old: Json) -> None:
    """Another template is the next generation of it."""
    annotations = new["metadata"].setdefault("annotations", {})
    generation = _generation(old["metadata"].get("annotations") or {})
    changed = (new.get("spec") or {}).get("template") != (old.get("spec") or {}).get("template")
    annotations[TEMPLATE_GENERATION] = str(generation + 1 if changed else generation)


def _generation(annotations: Json) -> int:
    text = str(annotations.get(TEMPLATE_GENERATION) or "")
    return int(text) if text.isdecimal() else 0


def _validate(daemon_set: Json, errors: ErrorList) -> None:
    spec, path = daemon_set.get("spec") or {}, "spec"
    template, selector = spec.get("template") or {}, spec.get("selector")
    before = len(errors)
    if selector is not None:
        validate_label_selector(selector, f"{path}.selector", errors)
    is_readable = len(errors) == before
    labels = (template.get("metadata") or {}).get("labels")
    if is_readable and not selector_from_object(selector).matches(labels or {}):
        errors.invalid(f"{path}.template.metadata.labels", labels, "`selector` does not match template `labels`")
    if selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        errors.invalid(f"{path}.selector", selector, "empty selector is invalid for daemonset")
    validate_pod_template(template, f"{path}.template", errors)
    validate_long_running(template, "DaemonSet", errors)
    validate_counts(spec, path, ("minReadySeconds",), errors)
    _validate_strategy(spec.get("updateStrategy") or {}, f"{path}.updateStrategy", errors)
    validate_counts(spec, path, ("revisionHistoryLimit",), errors)


def _validate_strategy(strategy: Json, path: str, errors: ErrorList) -> None:
    if strategy.get("type") == _ON_DELETE:
        return
    if strategy.get("type") != _ROLLING_UPDATE:
        shown = internal(strategy, "apps.daemon_set.DaemonSetUpdateStrategy")
        errors.not_supported(path, shown, (_ROLLING_UPDATE, _ON_DELETE))
        return
    steps, at = strategy.get("rollingUpdate"), f"{path}.rollingUpdate"
    if steps is None:
        errors.required(at)
        return
    unavailable, surge = steps.get("maxUnavailable", 0), steps.get("maxSurge", 0)
    for check in (validate_int_or_percent, validate_at_most_all):
        check(unavailable, f"{at}.maxUnavailable", errors)
        check(surge, f"{at}.maxSurge", errors)
    if not is_zero(unavailable) and not is_zero(surge):
        errors.invalid(f"{at}.maxSurge", surge, "may not be set when maxUnavailable is non-zero")
    elif is_zero(unavailable) and is_zero(surge):
        errors.required(f"{at}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    validate_counts(new.get("status") or {}, "status", _COUNTS, errors)
    validate_collisions(new, old, errors)


def _node_selector(daemon_set: Json, now: datetime) -> str:
    template = (daemon_set.get("spec") or {}).get("template") or {}
    return format_labels((template.get("spec") or {}).get("nodeSelector"))


DEFINITION = Definition(
    columns=(
        NAME,
        Column(
            "Desired",
            number_of("status", "desiredNumberScheduled"),
            "integer",
            description="How many nodes should run the pod.",
        ),
        Column(
            "Current",
            number_of("status", "currentNumberScheduled"),
            "integer",
            description="How many of those have one.",
        ),
        Column("Ready", number_of("status", "numberReady"), "integer", description="How many have one that is ready."),
        Column(
            "Up-to-date",
            number_of("status", "updatedNumberScheduled"),
            "integer",
            description="How many have one of the newest template.",
        ),
        Column(
            "Available",
            number_of("status", "numberAvailable"),
            "integer",
            description="How many have one that has been ready a while.",
        ),
        Column("Node Selector", _node_selector, description="The labels of the nodes that should run it."),
        AGE,
        CONTAINERS,
        IMAGES,
        SELECTOR,
    ),
    set_defaults=_set_defaults,
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    validate=_validate,
    validate_status=_validate_status,
    warnings=workload_warnings,
    spec_fields=("spec",),
)
