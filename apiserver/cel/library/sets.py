"""Lists as sets: which elements they share.

Counterpart: cel-go/ext/sets.go.
"""

from __future__ import annotations

from typing import Any

from pybernetes.apiserver.cel.functions import Functions, Overload
from pybernetes.apiserver.cel.types import BOOL, list_of, parameter
from pybernetes.apiserver.cel.values import contains

_LIST = list_of(parameter("T"))


def _contains(items: list[Any], wanted: list[Any]) -> bool:
    return all(contains(items, item) for item in wanted)


def _equivalent(a: list[Any], b: list[Any]) -> bool:
    return _contains(a, b) and _contains(b, a)


def _intersects(a: list[Any], b: list[Any]) -> bool:
    return any(contains(b, item) for item in a)


SETS: Functions = {
    "sets.contains": [Overload("list_sets_contains_list", (_LIST, _LIST), BOOL, _contains)],
    "sets.equivalent": [Overload("list_sets_equivalent_list", (_LIST, _LIST), BOOL, _equivalent)],
    "sets.intersects": [Overload("list_sets_intersects_list", (_LIST, _LIST), BOOL, _intersects)],
}
