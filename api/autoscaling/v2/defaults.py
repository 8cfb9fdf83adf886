"""Defaults of autoscalers: 80% of the requested CPU, and how fast to go where something is said of it.

Counterpart: pkg/apis/autoscaling/v2/defaults.go.
"""

from __future__ import annotations

from pybernetes.api.object import Json, deep_copy

_CPU_PERCENT = 80
_CPU: Json = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": _CPU_PERCENT}},
}
_PERIOD_SECONDS = 15
_SCALE_UP: Json = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": _PERIOD_SECONDS},
        {"type": "Percent", "value": 100, "periodSeconds": _PERIOD_SECONDS},
    ],
}
_SCALE_DOWN: Json = {
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": _PERIOD_SECONDS}],
}


def set_autoscaler_defaults(autoscaler: Json) -> None:
    """What is not said: the measure; and of a behavior, what is left open in either direction."""
    spec = autoscaler.get("spec")
    if spec is None:
        return
    if spec.get("minReplicas") is None:
        spec["minReplicas"] = 1
    if not spec.get("metrics"):
        spec["metrics"] = [deep_copy(_CPU)]
    behavior = spec.get("behavior")
    if behavior is not None:
        for direction, rules in (("scaleUp", _SCALE_UP), ("scaleDown", _SCALE_DOWN)):
            given = {field: value for field, value in (behavior.get(direction) or {}).items() if value is not None}
            behavior[direction] = {**deep_copy(rules), **given}
