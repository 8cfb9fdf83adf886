"""The values of query parameters, read as Kubernetes reads them into its options. All raise 400.

Counterpart: the conversions of url.Values in apimachinery/pkg/runtime.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pybernetes.api.errors import bad_request
from pybernetes.apiserver.http import Request

_INTEGER = re.compile(r"[+-]?[0-9]+")
_INT64 = 1 << 63


def is_true(query: Mapping[str, str], name: str) -> bool:
    """A flag: given in any way but ``false`` or ``0``."""
    text = query.get(name)
    return text is not None and text != "0" and text.lower() != "false"


def flag(query: Mapping[str, str], name: str) -> bool | None:
    """A flag that may be left open."""
    return is_true(query, name) if name in query else None


def every(request: Request, name: str) -> list[str]:
    """All values of a parameter that may be given several times."""
    one = request.query.get(name)
    return request.query_all(name) or ([one] if one is not None else [])


def integer(query: Mapping[str, str], name: str) -> int | None:
    """A number of 64 bits; None if it is not given."""
    text = query.get(name)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text):
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    value = int(text) if len(text) < 24 else _INT64
    if not -_INT64 <= value < _INT64:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return value
