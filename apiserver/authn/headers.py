"""Reading request headers.

Headers come as a mapping that is asked by lower-case names: a dictionary with lower-case keys, or a
case-insensitive multidict. A header that was sent several times is read in full from a multidict (`getall`); from a
dictionary, which can hold it once only, as that one value.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote


def header_values(headers: Mapping[str, str], name: str) -> tuple[str, ...]:
    """All values of a header, in order."""
    get_all = getattr(headers, "getall", None)
    if get_all is not None:
        return tuple(get_all(name, ()))
    value = headers.get(name)
    return () if value is None else (value,)


def extra_values(headers: Mapping[str, str], prefix: str) -> dict[str, tuple[str, ...]]:
    """``<prefix><key>: value`` headers as keys (lower case, percent-decoded) and all their values."""
    extra: dict[str, tuple[str, ...]] = {}
    for name, value in headers.items():
        lowered = name.lower()
        if lowered.startswith(prefix) and len(lowered) > len(prefix):
            key = unquote(lowered[len(prefix) :]).lower()
            extra[key] = (*extra.get(key, ()), value)
    return extra
