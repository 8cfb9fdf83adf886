"""Spans of time as people read them: ``5s``, ``3m12s``, ``2d4h``, ``<unknown>``.

Counterpart: k8s.io/apimachinery/pkg/util/duration (HumanDuration, ShortHumanDuration).
"""

from __future__ import annotations

from datetime import datetime

from pybernetes.api.object import Json, parse_time

UNKNOWN, INVALID = "<unknown>", "<invalid>"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_YEAR = 365 * _DAY


def human_duration(seconds: float) -> str:
    """At most two units, and the second only while the first is small."""
    whole = int(seconds)
    if whole < -1:
        return INVALID
    if whole < 0:
        return "0s"
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    if whole < 10 * _MINUTE:
        return _two(whole, _MINUTE, "m", 1, "s")
    if whole < 3 * _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 8 * _HOUR:
        return _two(whole, _HOUR, "h", _MINUTE, "m")
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    if whole < 8 * _DAY:
        return _two(whole, _DAY, "d", _HOUR, "h")
    if whole < 2 * _YEAR:
        return f"{whole // _DAY}d"
    if whole < 8 * _YEAR:
        return _two(whole, _YEAR, "y", _DAY, "d")
    return f"{whole // _YEAR}y"


def _two(seconds: int, large: int, large_name: str, small: int, small_name: str) -> str:
    rest = seconds % large // small
    return f"{seconds // large}{large_name}{rest}{small_name}" if rest else f"{seconds // large}{large_name}"


def short_human_duration(seconds: float) -> str:
    """One unit: the largest that is not zero."""
    if int(seconds) < -1:
        return INVALID
    whole = max(0, int(seconds))
    for unit, name in ((_YEAR, "y"), (_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if whole >= unit:
            return f"{whole // unit}{name}"
    return f"{whole}s"


def since(moment: str | None, now: datetime) -> str:
    """How long ago a moment was, `<unknown>` without one."""
    if not moment:
        return UNKNOWN
    return human_duration((now - parse_time(moment)).total_seconds())


def age(obj: Json, now: datetime) -> str:
    """How long ago the object was created."""
    return since((obj.get("metadata") or {}).get("creationTimestamp"), now)
