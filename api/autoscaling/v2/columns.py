"""The columns of autoscalers, given as autoscaling/v2 has them.

Counterpart: printHorizontalPodAutoscaler in pkg/printers/internalversion.
"""

from __future__ import annotations

from datetime import datetime

from pybernetes.api.columns import AGE, NAME, NONE, number_of
from pybernetes.api.definition import Column
from pybernetes.api.object import Json

_UNKNOWN = "<unknown>"
_SHOWN = 2


def _reference(autoscaler: Json, now: datetime) -> str:
    reference = (autoscaler.get("spec") or {}).get("scaleTargetRef") or {}
    return f"{reference.get('kind') or ''}/{reference.get('name') or ''}"


def _least(autoscaler: Json, now: datetime) -> str:
    least = (autoscaler.get("spec") or {}).get("minReplicas")
    return "<unset>" if least is None else str(least)


def _targets(autoscaler: Json, now: datetime) -> str:
    metrics = (autoscaler.get("spec") or {}).get("metrics") or ()
    if not metrics:
        return NONE
    current = (autoscaler.get("status") or {}).get("currentMetrics") or ()
    cells = [_target(metric, current[index] if index < len(current) else {}) for index, metric in enumerate(metrics)]
    text = ", ".join(cells[:_SHOWN])
    return f"{text} + {len(cells) - _SHOWN} more..." if len(cells) > _SHOWN else text


def _target(metric: Json, status: Json) -> str:
    kind = metric.get("type") or ""
    source = metric.get(f"{kind[:1].lower()}{kind[1:]}")
    if source is None:
        return "<unknown type>"
    wanted = source.get("target") or {}
    measured = status.get(f"{kind[:1].lower()}{kind[1:]}")
    now: Json = (measured or {}).get("current") or {}
    if kind in ("Resource", "ContainerResource"):
        return _resource(source, wanted, now, measured is not None)
    if kind == "Pods":
        return f"{_known(now, 'averageValue', measured is not None)}/{wanted.get('averageValue') or '0'}"
    if wanted.get("averageValue") is not None:
        return f"{now.get('averageValue') or _UNKNOWN}/{wanted['averageValue']} (avg)"
    return f"{_known(now, 'value', measured is not None)}/{wanted.get('value') or '0'}"


def _known(now: Json, field: str, measured: bool) -> str:
    """A quantity that was measured; one that the status leaves out is 0, as Go prints it."""
    return str(now.get(field) or "0") if measured else _UNKNOWN


def _resource(source: Json, wanted: Json, now: Json, measured: bool) -> str:
    name = source.get("name") or ""
    if wanted.get("averageValue") is not None:
        return f"{name}: {_known(now, 'averageValue', measured)}/{wanted['averageValue']}"
    used, target = now.get("averageUtilization"), wanted.get("averageUtilization")
    shown = _UNKNOWN if used is None else f"{used}%"
    return f"{name}: {shown}/{'<auto>' if target is None else f'{target}%'}"


AUTOSCALER_COLUMNS = (
    NAME,
    Column("Reference", _reference, description="The workload that is scaled."),
    Column("Targets", _targets, description="What is measured, and what to aim for."),
    Column("MinPods", _least, description="The fewest pods that there may be."),
    Column("MaxPods", number_of("spec", "maxReplicas"), description="The most pods that there may be."),
    Column("Replicas", number_of("status", "currentReplicas"), description="How many pods there were."),
    AGE,
)
