"""An autoscaler of autoscaling/v1 as autoscaling/v2 has it, and back.

The old version has a field for one measure, the use of CPU. All else travels in annotations, in the spelling of that
time, so that a client of the old version can change an autoscaler and lose nothing:

    autoscaling.alpha.kubernetes.io/metrics           spec.metrics but for that one
    autoscaling.alpha.kubernetes.io/behavior          spec.behavior
    autoscaling.alpha.kubernetes.io/current-metrics   status.currentMetrics
    autoscaling.alpha.kubernetes.io/conditions        status.conditions

An annotation that cannot be read is dropped. Counterpart: pkg/apis/autoscaling/v1/conversion.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from pybernetes.api.autoscaling.v1.old_metrics import metric_from_old, metric_to_old, status_from_old, status_to_old
from pybernetes.api.autoscaling.v2.defaults import set_autoscaler_defaults
from pybernetes.api.object import Json, deep_copy

_PREFIX = "autoscaling.alpha.kubernetes.io/"
METRICS = f"{_PREFIX}metrics"
BEHAVIOR = f"{_PREFIX}behavior"
CURRENT_METRICS = f"{_PREFIX}current-metrics"
CONDITIONS = f"{_PREFIX}conditions"
_TRAVELLING = (METRICS, CURRENT_METRICS, BEHAVIOR, CONDITIONS)
_STATUS_FIELDS = ("currentReplicas", "desiredReplicas", "lastScaleTime", "observedGeneration")
_SPEC_FIELDS = ("scaleTargetRef", "minReplicas", "maxReplicas")


def to_v2(autoscaler: Json) -> Json:
    """The autoscaler as autoscaling/v2 has it, without its defaults."""
    spec, status = autoscaler.get("spec") or {}, autoscaler.get("status")
    metadata, travelled = _split_annotations(autoscaler["metadata"])
    wanted: Json = {field: spec[field] for field in _SPEC_FIELDS if field in spec}
    percent = spec.get("targetCPUUtilizationPercentage")
    metrics = [_cpu("target", {"type": "Utilization", "averageUtilization": percent})] if percent is not None else []
    metrics += [metric_from_old(metric) for metric in _read_list(travelled.get(METRICS))]
    if metrics:
        wanted["metrics"] = metrics
    behavior = _read(travelled.get(BEHAVIOR))
    if isinstance(behavior, dict) and behavior:
        wanted["behavior"] = _uncapitalized(behavior)
    result = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": wanted}
    if status is not None:
        result["status"] = _status_to_v2(status, travelled)
    copied: Json = deep_copy(result)
    return copied


def to_stored(autoscaler: Json) -> Json:
    """The same with the defaults of autoscaling/v2: what is stored, and what clients of that version see."""
    converted = to_v2(autoscaler)
    set_autoscaler_defaults(converted)
    return converted


def from_stored(autoscaler: Json) -> Json:
    """An autoscaler of autoscaling/v2 as this version shows it."""
    spec, status = autoscaler.get("spec") or {}, autoscaler.get("status") or {}
    metadata, _ = _split_annotations(autoscaler["metadata"])
    wanted: Json = {field: spec[field] for field in _SPEC_FIELDS if field in spec}
    others, travelling = [], {}
    for metric in spec.get("metrics") or ():
        if not _is_cpu(metric):
            others.append(metric_to_old(metric))
        else:
            wanted["targetCPUUtilizationPercentage"] = metric["resource"]["target"]["averageUtilization"]
    if others:
        travelling[METRICS] = _written(others)
    if status.get("currentMetrics"):
        travelling[CURRENT_METRICS] = _written([status_to_old(metric) for metric in status["currentMetrics"]])
    if spec.get("behavior") is not None:
        travelling[BEHAVIOR] = _written(_capitalized(spec["behavior"]))
    if status.get("conditions"):
        travelling[CONDITIONS] = _written(status["conditions"])
    if travelling:
        metadata["annotations"] = {**(metadata.get("annotations") or {}), **travelling}
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata,
        "spec": wanted,
        "status": _status_from_v2(status),
    }


def _split_annotations(metadata: Json) -> tuple[Json, Json]:
    """The metadata without the annotations that travel, and those."""
    annotations = metadata.get("annotations") or {}
    travelled = {key: annotations[key] for key in _TRAVELLING if key in annotations}
    if not travelled:
        return dict(metadata), travelled
    kept = {key: value for key, value in annotations.items() if key not in travelled}
    rest = {field: value for field, value in metadata.items() if field != "annotations"}
    return ({**rest, "annotations": kept} if kept else rest), travelled


def _cpu(part: str, value: Json) -> Json:
    return {"type": "Resource", "resource": {"name": "cpu", part: value}}


def _is_cpu(metric: Json) -> bool:
    source = metric.get("resource") or {}
    of_resource = metric.get("type") == "Resource" and source.get("name") == "cpu"
    return of_resource and (source.get("target") or {}).get("averageUtilization") is not None


def _status_to_v2(status: Json, travelled: Json) -> Json:
    result = {field: status[field] for field in _STATUS_FIELDS if field in status}
    metrics = [status_from_old(metric) for metric in _read_list(travelled.get(CURRENT_METRICS))]
    percent = status.get("currentCPUUtilizationPercentage")
    if not metrics and percent is not None:
        metrics = [_cpu("current", {"averageUtilization": percent})]
    if metrics:
        result["currentMetrics"] = metrics
    conditions = _read_list(travelled.get(CONDITIONS))
    if conditions:
        result["conditions"] = conditions
    return result


def _status_from_v2(status: Json) -> Json:
    result = {field: status[field] for field in _STATUS_FIELDS if field in status}
    for field in ("currentReplicas", "desiredReplicas"):
        result.setdefault(field, 0)
    for metric in status.get("currentMetrics") or ():
        source = metric.get("resource") or {}
        percent = (source.get("current") or {}).get("averageUtilization")
        if metric.get("type") == "Resource" and source.get("name") == "cpu" and percent is not None:
            result["currentCPUUtilizationPercentage"] = percent
    return result


def _written(value: Any) -> str:
    return orjson.dumps(value).decode()


def _read(text: str | None) -> Any:
    try:
        return orjson.loads(text or "null")
    except orjson.JSONDecodeError:
        return None


def _read_list(text: str | None) -> list[Json]:
    """The objects of a list; nothing if it is not one."""
    found = _read(text)
    return found if isinstance(found, list) and all(isinstance(item, dict) for item in found) else []


_RULES: Sequence[str] = ("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance")
_POLICY: Sequence[str] = ("type", "value", "periodSeconds")


def _capitalized(behavior: Json) -> Json:
    """A behavior in the spelling of Go's internal type, which is how it travels."""

    def rules(given: Json | None) -> Json | None:
        if given is None:
            return None
        policies = [{_upper(field): policy.get(field) for field in _POLICY} for policy in given.get("policies") or ()]
        return {_upper(field): policies if field == "policies" else given.get(field) for field in _RULES}

    return {"ScaleUp": rules(behavior.get("scaleUp")), "ScaleDown": rules(behavior.get("scaleDown"))}


def _upper(field: str) -> str:
    return f"{field[0].upper()}{field[1:]}"


def _uncapitalized(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            f"{key[:1].lower()}{key[1:]}": _uncapitalized(inner) for key, inner in value.items() if inner is not None
        }
    return [_uncapitalized(inner) for inner in value] if isinstance(value, list) else value
