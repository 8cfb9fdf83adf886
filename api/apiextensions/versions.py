"""Which version of an API is the better one: v2 before v1, v1 before v1beta1, beta before alpha, the rest by name.

Counterpart: apimachinery/pkg/version.CompareKubeAwareVersionStrings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_VERSION = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")
_STAGES = {None: 2, "beta": 1, "alpha": 0}


def by_priority(versions: Iterable[str]) -> list[str]:
    """The versions, the best first."""
    return sorted(versions, key=_key)


def _key(version: str) -> tuple[int, int, int, int, str]:
    found = _VERSION.fullmatch(version)
    if found is None:
        return (1, 0, 0, 0, version)
    major, stage, minor = found.groups()
    return (0, -_STAGES[stage], -int(major), -int(minor or 0), version)
