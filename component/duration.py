"""Spans of time as flags spell them: ``40``, ``40s``, ``1m30s``, ``500ms``."""

from __future__ import annotations

import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def duration_seconds(text: str) -> float:
    """Seconds from ``40``, ``40s``, ``1m30s`` or ``500ms``. Raises ValueError."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[hms])", text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    return float(text)


def go_duration(seconds: float) -> str:
    """Seconds as Go writes them: ``1h0m0s``, ``1m30s``, ``2.5s``, ``500ms``."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:g}ms"
    whole = int(seconds // 60)
    hours, minutes, rest = whole // 60, whole % 60, f"{seconds % 60:g}s"
    return f"{hours}h{minutes}m{rest}" if hours else f"{minutes}m{rest}" if minutes else rest
