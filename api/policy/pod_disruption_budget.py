"""Pod disruption budget: the shape on the wire, its rules and columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.apps.workload_validation import validate_at_most_all, validate_int_or_percent
from pybernetes.api.columns import AGE, NAME, number_of
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.condition_validation import validate_conditions
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_label_selector, validate_not_negative
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Int64, IntOrString, Time
from pybernetes.api.schema.marks import Always, ListMap, PatchMerge


class PodDisruptionBudget(TypedDict, total=False):
    """How many of some pods must stay, or may be missing, when pods are evicted on purpose."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[PodDisruptionBudgetSpec, Always()]
    "Which pods, and how many."
    status: Annotated[PodDisruptionBudgetStatus, Always()]
    "How many may be evicted now."


class PodDisruptionBudgetSpec(TypedDict, total=False):
    """Which pods a budget protects, and how many. One of maxUnavailable and minAvailable is set."""

    maxUnavailable: IntOrString
    "How many may be missing after an eviction, as a number or a percentage."
    minAvailable: IntOrString
    "How many must be there after an eviction, as a number or a percentage."
    selector: Annotated[LabelSelector, PatchMerge(replace=True)]
    "The pods that it is for; none if not set, all of the namespace if it is empty."
    unhealthyPodEvictionPolicy: str | None
    """Whether pods that are not ready can be evicted whatever the budget (AlwaysAllow) or while it holds
    (IfHealthyBudget, the default).
    """


class PodDisruptionBudgetStatus(TypedDict, total=False):
    """How many pods may be evicted now."""

    conditions: Annotated[list[Condition], ListMap("type"), PatchMerge("type")]
    "What is known of the budget; DisruptionAllowed says whether a pod may be evicted."
    currentHealthy: Annotated[Int32, Always()]
    "How many pods are ready."
    desiredHealthy: Annotated[Int32, Always()]
    "How many must be."
    disruptedPods: dict[str, Time]
    "Pods whose eviction was granted and that are not gone yet, with the time of it."
    disruptionsAllowed: Annotated[Int32, Always()]
    "How many pods may be evicted now."
    expectedPods: Annotated[Int32, Always()]
    "How many pods the budget counts with."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."


_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def _validate(budget: Json, errors: ErrorList) -> None:
    spec = budget.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        shown = internal(spec, "policy.pod_disruption_budget.PodDisruptionBudgetSpec")
        errors.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for field in ("minAvailable", "maxUnavailable"):
        if field in spec:
            validate_int_or_percent(spec[field], f"spec.{field}", errors)
            validate_at_most_all(spec[field], f"spec.{field}", errors)
    if "selector" in spec:
        validate_label_selector(spec["selector"], "spec.selector", errors)
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in _POLICIES:
        errors.not_supported("spec.unhealthyPodEvictionPolicy", policy, _POLICIES)


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    status = new.get("status") or {}
    validate_conditions(status.get("conditions") or (), "status.conditions", errors)
    for field in _COUNTS:
        validate_not_negative(status.get(field), f"status.{field}", errors)


def _or_not_there(field: str) -> Callable[[Json, datetime], str]:
    def cell(budget: Json, now: datetime) -> str:
        value = (budget.get("spec") or {}).get(field)
        return "N/A" if value is None else str(value)

    return cell


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Min Available", _or_not_there("minAvailable"), description="How many pods must stay."),
        Column("Max Unavailable", _or_not_there("maxUnavailable"), description="How many pods may be missing."),
        Column(
            "Allowed Disruptions",
            number_of("status", "disruptionsAllowed"),
            "integer",
            description="How many pods may be evicted now.",
        ),
        AGE,
    ),
    validate=_validate,
    validate_status=_validate_status,
    spec_fields=("spec",),
    allow_unconditional_update=False,
)
