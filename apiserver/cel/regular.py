"""Regular expressions in expressions: RE2's, matched in time linear in the text.

Counterpart: Go's regexp package, which has the same syntax and the same matches.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_KEPT = 1024  # patterns; most are literals, of which a cluster has some hundreds


class RegexError(ValueError):
    """The pattern is malformed."""


_WORDS = {  # RE2 in C++ and in Go word some errors differently
    "missing ]": "missing closing ]",
    "missing )": "missing closing )",
    "unexpected )": "unexpected )",
    "no argument for repetition operator": "missing argument to repetition operator",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid repetition size": "invalid repeat count",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "trailing \\": "trailing backslash at end of expression",
}


@lru_cache(_KEPT)
def compiled(pattern: str) -> Any:
    """The pattern of the re2 package. Raises `RegexError`."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        text = error.args[0]
        shown = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        what, _, part = shown.partition(": ")
        raise RegexError(f"error parsing regexp: {_WORDS.get(what, what)}: `{part or pattern}`") from None


def matches(text: str, pattern: str) -> bool:
    """Whether the pattern is found anywhere in the text."""
    return compiled(pattern).search(text) is not None


def find(text: str, pattern: str) -> str:
    found = compiled(pattern).search(text)
    return "" if found is None else str(found.group(0))


def find_all(text: str, pattern: str, limit: int) -> list[str]:
    """The matches from left to right, at most `limit` when that is not negative."""
    result: list[str] = []
    for found in compiled(pattern).finditer(text):
        if 0 <= limit <= len(result):
            break
        result.append(str(found.group(0)))
    return result
