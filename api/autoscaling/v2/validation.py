"""The rules on autoscalers, given as autoscaling/v2 has them. Counterpart: pkg/apis/autoscaling/validation."""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.core.resource_validation import container_resource_name
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_not_negative
from pybernetes.api.names import dns_label, path_segment
from pybernetes.api.object import Json
from pybernetes.api.quantity import parse_quantity

_MAX_PERIOD_SECONDS = 1800
_MAX_WINDOW_SECONDS = 3600
_SELECT = ("Disabled", "Max", "Min")
_POLICIES = ("Percent", "Pods")
_TYPES = ("ContainerResource", "External", "Object", "Pods", "Resource")
_TARGETS = ("Utilization", "Value", "AverageValue")
_POSITIVE = "must be greater than zero"


def validate_autoscaler(autoscaler: Json, errors: ErrorList) -> None:
    """Every rule on a new autoscaler; those on a change are in `validate_autoscaler_update`."""
    if not (autoscaler.get("metadata") or {}).get("resourceVersion"):
        _validate_spec(autoscaler.get("spec") or {}, 1, errors)


def validate_autoscaler_update(new: Json, old: Json, errors: ErrorList) -> None:
    """The same rules; where nothing was the least already, it may stay."""
    least = 0 if (old.get("spec") or {}).get("minReplicas") == 0 else 1
    _validate_spec(new.get("spec") or {}, least, errors)


def validate_autoscaler_status(new: Json, old: Json, errors: ErrorList) -> None:
    """Counts are not negative."""
    for field in ("currentReplicas", "desiredReplicas"):
        validate_not_negative((new.get("status") or {}).get(field), f"status.{field}", errors)


def _validate_spec(spec: Json, least: int, errors: ErrorList) -> None:
    few, many = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    if few is not None and few < least:
        errors.invalid("spec.minReplicas", few, f"must be greater than or equal to {least}")
    if many < 1:
        errors.invalid("spec.maxReplicas", many, "must be greater than 0")
    if few is not None and many < few:
        errors.invalid("spec.maxReplicas", many, "must be greater than or equal to `minReplicas`")
    _validate_reference(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef", errors)
    metrics = spec.get("metrics") or ()
    for index, metric in enumerate(metrics):
        _validate_metric(metric, f"spec.metrics[{index}]", errors)
    if few == 0 and not any(metric.get("type") in ("Object", "External") for metric in metrics):
        detail = "must specify at least one Object or External metric to support scaling to zero replicas"
        errors.forbidden("spec.metrics", detail)
    behavior = spec.get("behavior") or {}
    for direction in ("scaleUp", "scaleDown"):
        if behavior.get(direction) is not None:
            _validate_rules(behavior[direction], f"spec.behavior.{direction}", errors)


def _validate_reference(reference: Json, path: str, errors: ErrorList) -> None:
    for field in ("kind", "name"):
        _validate_segment(reference.get(field) or "", "", f"{path}.{field}", errors)


def _validate_segment(value: str, missing: str, path: str, errors: ErrorList) -> None:
    if value:
        errors.each_invalid(path, value, path_segment(value))
    else:
        errors.required(path, missing)


def _validate_rules(rules: Json, path: str, errors: ErrorList) -> None:
    window, select, tolerance = (rules.get(f) for f in ("stabilizationWindowSeconds", "selectPolicy", "tolerance"))
    at = f"{path}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        errors.invalid(at, window, "must be greater than or equal to zero")
    if window is not None and window > _MAX_WINDOW_SECONDS:
        errors.invalid(at, window, f"must be less than or equal to {_MAX_WINDOW_SECONDS}")
    if select is not None and select not in _SELECT:
        errors.not_supported(f"{path}.selectPolicy", select, _SELECT)
    if not rules.get("policies"):
        errors.required(f"{path}.policies", "must specify at least one Policy")
    for index, policy in enumerate(rules.get("policies") or ()):
        _validate_policy(policy, f"{path}.policies[{index}]", errors)
    if tolerance is not None and parse_quantity(tolerance) < 0:
        errors.invalid(f"{path}.tolerance", tolerance, "must be greater than or equal to 0")


def _validate_policy(policy: Json, path: str, errors: ErrorList) -> None:
    if policy.get("type") not in _POLICIES:
        errors.not_supported(f"{path}.type", policy.get("type") or "", _POLICIES)
    value, period = policy.get("value") or 0, policy.get("periodSeconds") or 0
    if value <= 0:
        errors.invalid(f"{path}.value", value, _POSITIVE)
    if period <= 0:
        errors.invalid(f"{path}.periodSeconds", period, _POSITIVE)
    if period > _MAX_PERIOD_SECONDS:
        errors.invalid(f"{path}.periodSeconds", period, f"must be less than or equal to {_MAX_PERIOD_SECONDS}")


def _validate_metric(metric: Json, path: str, errors: ErrorList) -> None:
    kind = metric.get("type") or ""
    if not kind:
        errors.required(f"{path}.type", "must specify a metric source type")
    if kind not in _TYPES:
        errors.not_supported(f"{path}.type", kind, _TYPES)
    present = [source for source in _SOURCES if metric.get(source) is not None]
    if present:
        _SOURCES[present[0]](metric[present[0]], f"{path}.{present[0]}", errors)
    expected = f"{kind[0].lower()}{kind[1:]}" if kind in _TYPES else ""
    if expected and expected not in present:
        errors.required(f"{path}.{expected}", "must populate information for the given metric source")
    if len(present) != 1:
        for source in present:
            if source != expected:
                errors.forbidden(f"{path}.{source}", "must populate the given metric source only")


def _object(source: Json, path: str, errors: ErrorList) -> None:
    _validate_reference(source.get("describedObject") or {}, f"{path}.describedObject", errors)
    target = _validate_measured(source, path, errors)
    if target.get("value") is None and target.get("averageValue") is None:
        errors.required(f"{path}.target.averageValue", "must set either a target value or averageValue")


def _external(source: Json, path: str, errors: ErrorList) -> None:
    target = _validate_measured(source, path, errors)
    value, average = target.get("value"), target.get("averageValue")
    if value is None and average is None:
        detail = "must set either a target value for metric or a per-pod target"
        errors.required(f"{path}.target.averageValue", detail)
    if value is not None and average is not None:
        detail = "may not set both a target value for metric and a per-pod target"
        errors.forbidden(f"{path}.target.value", detail)


def _pods(source: Json, path: str, errors: ErrorList) -> None:
    if _validate_measured(source, path, errors).get("averageValue") is None:
        errors.required(f"{path}.target.averageValue", "must specify a positive target averageValue")


def _resource(source: Json, path: str, errors: ErrorList) -> None:
    if not source.get("name"):
        errors.required(f"{path}.name", "must specify a resource name")
    _validate_resource_target(source, path, errors)


def _container_resource(source: Json, path: str, errors: ErrorList) -> None:
    name, container = source.get("name") or "", source.get("container") or ""
    if not name:
        errors.required(f"{path}.name", "must specify a resource name")
    else:
        errors.each_invalid(f"{path}.name", name, container_resource_name(name))
    if not container:
        errors.required(f"{path}.container", "must specify a container")
    else:
        errors.each_invalid(f"{path}.container", container, dns_label(container))
    _validate_resource_target(source, path, errors)


def _validate_resource_target(source: Json, path: str, errors: ErrorList) -> None:
    target = source.get("target") or {}
    _validate_target(target, f"{path}.target", errors)
    utilization, average = target.get("averageUtilization"), target.get("averageValue")
    if utilization is None and average is None:
        detail = "must set either a target raw value or a target utilization"
        errors.required(f"{path}.target.averageUtilization", detail)
    if utilization is not None and average is not None:
        detail = "may not set both a target raw value and a target utilization"
        errors.forbidden(f"{path}.target.averageValue", detail)


def _validate_measured(source: Json, path: str, errors: ErrorList) -> Json:
    """The metric's name and its target; gives back the target."""
    name = (source.get("metric") or {}).get("name") or ""
    _validate_segment(name, "must specify a metric name", f"{path}.metric.name", errors)
    target: Json = source.get("target") or {}
    _validate_target(target, f"{path}.target", errors)
    return target


def _validate_target(target: Json, path: str, errors: ErrorList) -> None:
    kind, utilization = target.get("type") or "", target.get("averageUtilization")
    if not kind:
        errors.required(f"{path}.type", "must specify a metric target type")
    if kind not in _TARGETS:
        errors.invalid(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue")
    for field in ("value", "averageValue"):
        if target.get(field) is not None and parse_quantity(target[field]) <= 0:
            errors.invalid(f"{path}.{field}", target[field], "must be positive")
    if utilization is not None and utilization < 1:
        errors.invalid(f"{path}.averageUtilization", utilization, "must be greater than 0")


# In the order in which Kubernetes looks at them: the first is checked.
_SOURCES: dict[str, Callable[[Json, str, ErrorList], None]] = {
    "object": _object,
    "external": _external,
    "pods": _pods,
    "resource": _resource,
    "containerResource": _container_resource,
}
