"""The rules that controllers of pods share: template and selector agree, counts make sense.

Counterpart: pkg/apis/apps/validation and the replication controller part of pkg/apis/core/validation.
"""

from __future__ import annotations

from pybernetes.api.core.pod_spec_validation import validate_pod_template
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import LABEL_SELECTOR, internal
from pybernetes.api.intstr import is_percent
from pybernetes.api.meta.validation import validate_label_selector, validate_not_negative
from pybernetes.api.object import Json
from pybernetes.api.selectors import Selector, selector_from_object

_BAD_PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)


def validate_template(template: Json | None, selector: Selector, kind: str, errors: ErrorList) -> None:
    """A template whose pods the selector picks, and that always restart."""
    path = "spec.template"
    if template is None:
        errors.required(path)
        return
    labels = (template.get("metadata") or {}).get("labels")
    if not selector.matches_all and not selector.matches(labels or {}):
        errors.invalid(f"{path}.metadata.labels", labels, "`selector` does not match template `labels`")
    validate_pod_template(template, path, errors)
    validate_long_running(template, kind, errors)


def validate_long_running(template: Json, kind: str, errors: ErrorList) -> None:
    """Pods of a workload that never ends start again, and have no end of their own."""
    spec, path = template.get("spec") or {}, "spec.template.spec"
    if spec.get("restartPolicy") != "Always":
        errors.not_supported(f"{path}.restartPolicy", spec.get("restartPolicy") or "", ("Always",))
    if spec.get("activeDeadlineSeconds") is not None:
        errors.forbidden(f"{path}.activeDeadlineSeconds", f"activeDeadlineSeconds in {kind} is not Supported")


def validate_selector(
    spec: Json, errors: ErrorList, kind: str = "deployment", unreadable: str = "invalid label selector"
) -> Selector | None:
    """A selector that picks something; gives it back ready to match, or None when it cannot be read.

    One that is missing picks nothing.
    """
    selector = spec.get("selector")
    if selector is None:
        errors.required("spec.selector")
        return selector_from_object(None)
    before = len(errors)
    validate_label_selector(selector, "spec.selector", errors)
    is_readable = len(errors) == before
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        errors.invalid("spec.selector", internal(selector, LABEL_SELECTOR), f"empty selector is invalid for {kind}")
    if not is_readable:
        errors.invalid("spec.selector", internal(selector, LABEL_SELECTOR), unreadable)
        return None
    return selector_from_object(selector)


def validate_counts(holder: Json, path: str, fields: tuple[str, ...], errors: ErrorList) -> None:
    """Each count is absent or at least 0."""
    for field in fields:
        validate_not_negative(holder.get(field), f"{path}.{field}", errors)


def validate_replica_counts(status: Json, fields: tuple[str, ...], errors: ErrorList) -> None:
    """No part of the replicas exceeds the whole, and none is available that is not ready."""
    total, ready = status.get("replicas") or 0, status.get("readyReplicas") or 0
    for field in fields:
        count = status.get(field) or 0
        if count > total:
            errors.invalid(f"status.{field}", count, "cannot be greater than status.replicas")
    available = status.get("availableReplicas") or 0
    if available > ready:
        errors.invalid("status.availableReplicas", available, "cannot be greater than readyReplicas")


def validate_int_or_percent(value: int | str, path: str, errors: ErrorList) -> None:
    """A number that is not negative, or a percentage (ValidatePositiveIntOrPercent)."""
    if isinstance(value, str):
        if not is_percent(value):
            errors.invalid(path, value, _BAD_PERCENT)
    else:
        validate_not_negative(value, path, errors)


def is_zero(value: int | str) -> bool:
    """Whether a number or a percentage is 0; text that is neither counts as 0, as in Go."""
    if isinstance(value, str):
        return not is_percent(value) or int(value[:-1]) == 0
    return value == 0


def validate_collisions(new: Json, old: Json, errors: ErrorList) -> None:
    """How often a name was taken is never forgotten (IsDecremented)."""
    collisions = (new.get("status") or {}).get("collisionCount")
    was = (old.get("status") or {}).get("collisionCount")
    if was is not None and (collisions is None or collisions < was):
        errors.invalid("status.collisionCount", collisions or 0, "cannot be decremented")


def validate_at_most_all(value: int | str, path: str, errors: ErrorList) -> None:
    """A percentage of at most 100 (IsNotMoreThan100Percent)."""
    if isinstance(value, str) and is_percent(value) and int(value[:-1]) > 100:
        errors.invalid(path, value, "must not be greater than 100%")
