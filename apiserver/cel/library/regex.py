"""What a pattern finds in a text.

Counterpart: apiserver/pkg/cel/library/regex.go.
"""

from __future__ import annotations

from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import Functions, Overload
from pybernetes.apiserver.cel.regular import RegexError, find, find_all
from pybernetes.apiserver.cel.standard import matches_cost
from pybernetes.apiserver.cel.types import INT, STRING, list_of


def _find(text: str, pattern: str) -> str:
    try:
        return find(text, pattern)
    except RegexError as error:
        raise EvaluationError(f"Illegal regex: {error}") from error


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    try:
        return find_all(text, pattern, limit)
    except RegexError as error:
        raise EvaluationError(f"Illegal regex: {error}") from error


REGEX: Functions = {
    "find": [Overload("string_find_string", (STRING, STRING), STRING, _find, member=True, cost=matches_cost)],
    "findAll": [
        Overload(
            "string_find_all_string", (STRING, STRING), list_of(STRING), _find_all, member=True, cost=matches_cost
        ),
        Overload(
            "string_find_all_string_int",
            (STRING, STRING, INT),
            list_of(STRING),
            _find_all,
            member=True,
            cost=matches_cost,
        ),
    ],
}
