"""Functions as expressions see them: a name with overloads, each for its types.

The checker finds which overloads may apply to a call; where the static types leave open which, the values decide.

Counterpart: cel-go/common/decls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pybernetes.apiserver.cel.types import Kind, Type
from pybernetes.apiserver.cel.values import fits, size_of

# What a call costs when it runs: of the arguments and the result.
RuntimeCost = Callable[[Sequence[Any], Any], int]
Functions = Mapping[str, Sequence["Overload"]]

TRAVERSAL = 0.1  # a character of a string
REGEX = 0.25  # a character of a pattern: one state for four of them


@dataclass(frozen=True, slots=True, eq=False)
class Overload:
    """One way to call a function. `cost` is None where a call costs 1."""

    identifier: str
    parameters: tuple[Type, ...]
    result: Type
    run: Callable[..., Any]
    member: bool = False
    cost: RuntimeCost | None = None

    @property
    def is_generic(self) -> bool:
        return any(map(_has_parameter, (*self.parameters, self.result)))

    def takes(self, values: Sequence[Any]) -> bool:
        """Whether it can be run with these values."""
        return len(values) == len(self.parameters) and all(map(fits, values, self.parameters))


def _has_parameter(some: Type) -> bool:
    return some.kind is Kind.PARAMETER or any(map(_has_parameter, some.parameters))


def together(libraries: Iterable[Functions]) -> dict[str, tuple[Overload, ...]]:
    """The functions of several libraries; one name may have overloads in more than one."""
    result: dict[str, tuple[Overload, ...]] = {}
    for library in libraries:
        for name, overloads in library.items():
            result[name] = (*result.get(name, ()), *overloads)
    return result


def scaled(size: int, factor: float) -> int:
    """A cost that grows with a size, rounded up."""
    return math.ceil(size * factor)


def traverses(index: int, times: int = 1) -> RuntimeCost:
    """The cost of reading an argument through."""
    return lambda values, result: scaled(size_of(values[index]), times * TRAVERSAL)


def nominal(values: Sequence[Any], result: Any) -> int:
    return 1
