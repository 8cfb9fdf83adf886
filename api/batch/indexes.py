"""Sets of an indexed job's indexes as text: ``1,3-5,7``, in rising order.

Counterpart: validateIndexesFormat in pkg/apis/batch/validation.
"""

from __future__ import annotations

import re

_INTEGER = re.compile(r"[+-]?[0-9]+")


class IndexesError(ValueError):
    """The text is no set of indexes; the message says why."""


def count_indexes(text: str, completions: int) -> int:
    """How many indexes the text names, all below `completions`. Raises `IndexesError`."""
    total, previous = 0, None
    for part in text.split(",") if text else ():
        first, last = parse_interval(part, completions)
        if previous is not None and previous >= first:
            raise IndexesError(f"non-increasing order, previous: {previous}, current: {first}")
        total += last - first + 1
        previous = last
    return total


def parse_interval(text: str, completions: int) -> tuple[int, int]:
    """The first and the last index of ``3`` or ``3-5``. Raises `IndexesError`."""
    parts = text.split("-")
    if len(parts) > 2:
        raise IndexesError(
            f'the fragment "{text}" violates the requirement that an index interval can have at most two parts '
            "separated by '-'"
        )
    first = _parse_index(parts[0], completions)
    if len(parts) == 1:
        return first, first
    last = _parse_index(parts[1], completions)
    if first >= last:
        raise IndexesError(f"non-increasing order, previous: {first}, current: {last}")
    return first, last


def _parse_index(text: str, completions: int) -> int:
    if not _INTEGER.fullmatch(text) or len(text) > 19:
        raise IndexesError(f'cannot convert string to integer for index: "{text}"')
    index = int(text)
    if index >= completions:
        raise IndexesError(f'too large index: "{text}"')
    return index


def first_overlap(completed: str, failed: str, completions: int) -> int | None:
    """The first index that is in both sets; intervals that cannot be read are passed over."""
    one, other = _intervals(completed, completions), _intervals(failed, completions)
    at, against = 0, 0
    while at < len(one) and against < len(other):
        (first, last), (other_first, other_last) = one[at], other[against]
        if first <= other_last and other_first <= last:
            return max(first, other_first)
        if first <= other_first:
            at += 1
        else:
            against += 1
    return None


def _intervals(text: str, completions: int) -> list[tuple[int, int]]:
    found = []
    for part in text.split(",") if text else ():
        try:
            found.append(parse_interval(part, completions))
        except IndexesError:
            continue  # the format is reported where the field itself is checked
    return found
