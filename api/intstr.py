"""Values that are a number or a percentage: ``3`` or ``25%``.

Counterpart: k8s.io/apimachinery/pkg/util/intstr.
"""

from __future__ import annotations

import re

_PERCENT = re.compile(r"[0-9]+%")


def is_percent(value: int | str) -> bool:
    """Whether the value is text such as ``25%``."""
    return isinstance(value, str) and _PERCENT.fullmatch(value) is not None


def scaled_value(value: int | str, total: int, *, round_up: bool) -> int:
    """The number itself, or that percentage of `total`, rounded up or down to a whole one.

    Raises ValueError when text is not a percentage (GetScaledValueFromIntOrPercent).
    """
    if isinstance(value, int):
        return value
    if not is_percent(value):
        raise ValueError("invalid value for IntOrString: invalid type: string is not a percentage")
    hundredths = int(value[:-1]) * total
    return -(-hundredths // 100) if round_up else hundredths // 100
