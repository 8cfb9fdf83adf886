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
