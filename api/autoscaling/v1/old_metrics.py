"""The measures of an autoscaler in the spelling in which autoscaling/v1 keeps them in annotations, and back.

Counterpart: the metric conversions of pkg/apis/autoscaling/v1.
"""

from __future__ import annotations

from pybernetes.api.object import Json


def _set(**fields: object) -> Json:
    """Without what is not there."""
    return {name: value for name, value in fields.items() if value is not None}


def metric_to_old(metric: Json) -> Json:
    """A measure of autoscaling/v2 as the annotation has it."""
    kind, source = _source(metric)
    target, named = source.get("target") or {}, source.get("metric") or {}
    old: Json
    if kind == "object":
        old = _set(
            target=_reference(source.get("describedObject") or {}),
            metricName=named.get("name") or "",
            targetValue=target.get("value") or "0",
            selector=named.get("selector"),
            averageValue=target.get("averageValue"),
        )
    elif kind == "pods":
        old = _set(
            metricName=named.get("name") or "",
            targetAverageValue=target.get("averageValue") or "0",
            selector=named.get("selector"),
        )
    elif kind == "external":
        old = _set(
            metricName=named.get("name") or "",
            metricSelector=named.get("selector"),
            targetValue=target.get("value"),
            targetAverageValue=target.get("averageValue"),
        )
    else:
        old = _set(
            name=source.get("name") or "",
            targetAverageUtilization=target.get("averageUtilization"),
            targetAverageValue=target.get("averageValue"),
            container=source.get("container"),
        )
    return {"type": metric.get("type") or "", kind: old} if kind else {"type": metric.get("type") or ""}


def metric_from_old(metric: Json) -> Json:
    """A measure of the annotation as autoscaling/v2 has it."""
    kind, old = _source(metric)
    if not kind:
        return {"type": metric.get("type") or ""}
    new: Json
    if kind == "object":
        average = old.get("averageValue")
        target_type = "Value" if average is None else "AverageValue"
        target = _set(type=target_type, value=old.get("targetValue"), averageValue=average)
        metric_named = _named(old.get("metricName"), old.get("selector"))
        new = {"describedObject": old.get("target") or {}, "metric": metric_named, "target": target}
    elif kind == "pods":
        target = _set(type="AverageValue", averageValue=old.get("targetAverageValue"))
        new = {"metric": _named(old.get("metricName"), old.get("selector")), "target": target}
    elif kind == "external":
        value = old.get("targetValue")
        target_type = "AverageValue" if value is None else "Value"
        target = _set(type=target_type, value=value, averageValue=old.get("targetAverageValue"))
        new = {"metric": _named(old.get("metricName"), old.get("metricSelector")), "target": target}
    else:
        percent = old.get("targetAverageUtilization")
        target_type = "AverageValue" if percent is None else "Utilization"
        average = old.get("targetAverageValue")
        target = _set(type=target_type, averageUtilization=percent, averageValue=average)
        new = _set(name=old.get("name") or "", container=old.get("container"), target=target)
    return {"type": metric.get("type") or "", kind: new}


def status_to_old(metric: Json) -> Json:
    """What was measured, of autoscaling/v2, as the annotation has it."""
    kind, source = _source(metric)
    current, named = source.get("current") or {}, source.get("metric") or {}
    old: Json
    if kind == "object":
        old = _set(
            target=_reference(source.get("describedObject") or {}),
            metricName=named.get("name") or "",
            currentValue=current.get("value") or "0",
            selector=named.get("selector"),
            averageValue=current.get("averageValue"),
        )
    elif kind == "pods":
        old = _set(
            metricName=named.get("name") or "",
            currentAverageValue=current.get("averageValue") or "0",
            selector=named.get("selector"),
        )
    elif kind == "external":
        old = _set(
            metricName=named.get("name") or "",
            metricSelector=named.get("selector"),
            currentValue=current.get("value") or "0",
            currentAverageValue=current.get("averageValue"),
        )
    else:
        old = _set(
            name=source.get("name") or "",
            currentAverageUtilization=current.get("averageUtilization"),
            currentAverageValue=current.get("averageValue") or "0",
            container=source.get("container"),
        )
    return {"type": metric.get("type") or "", kind: old} if kind else {"type": metric.get("type") or ""}


def status_from_old(metric: Json) -> Json:
    """What was measured, of the annotation, as autoscaling/v2 has it."""
    kind, old = _source(metric)
    if not kind:
        return {"type": metric.get("type") or ""}
    new: Json
    if kind == "object":
        current = _set(value=old.get("currentValue"), averageValue=old.get("averageValue"))
        metric_named = _named(old.get("metricName"), old.get("selector"))
        new = {"describedObject": old.get("target") or {}, "metric": metric_named, "current": current}
    elif kind == "pods":
        current = _set(averageValue=old.get("currentAverageValue"))
        new = {"metric": _named(old.get("metricName"), old.get("selector")), "current": current}
    elif kind == "external":
        current = _set(value=old.get("currentValue"), averageValue=old.get("currentAverageValue"))
        new = {"metric": _named(old.get("metricName"), old.get("metricSelector")), "current": current}
    else:
        percent = old.get("currentAverageUtilization")
        current = _set(averageUtilization=percent, averageValue=old.get("currentAverageValue"))
        new = _set(name=old.get("name") or "", container=old.get("container"), current=current)
    return {"type": metric.get("type") or "", kind: new}


def _source(metric: Json) -> tuple[str, Json]:
    for kind in ("object", "pods", "external", "resource", "containerResource"):
        if isinstance(metric.get(kind), dict):
            return kind, metric[kind]
    return "", {}


def _named(name: str | None, selector: Json | None) -> Json:
    return _set(name=name or "", selector=selector)


def _reference(described: Json) -> Json:
    return _set(
        kind=described.get("kind") or "", name=described.get("name") or "", apiVersion=described.get("apiVersion")
    )
