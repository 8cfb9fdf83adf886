"""Expressions that select devices. They see ``device``: its driver, and attributes and capacities by domain and name.

Counterpart: dynamic-resource-allocation/cel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pybernetes.api.field import ErrorList
from pybernetes.apiserver.cel.environment import KUBERNETES
from pybernetes.apiserver.cel.estimate import estimate
from pybernetes.apiserver.cel.library.quantity import QUANTITY
from pybernetes.apiserver.cel.macros import BINDING_MACROS
from pybernetes.apiserver.cel.records import Records
from pybernetes.apiserver.cel.sizes import Range
from pybernetes.apiserver.cel.types import BOOL, DYN, STRING, Type, is_dyn, map_of, struct

_MAX_COST = 1_000_000
_MAX_ENTRIES = 32  # attributes and capacities of a device, together

_DEVICE = "kubernetes.DRADevice"
_FIELDS: Mapping[str, Type] = {
    "driver": STRING,
    "attributes": map_of(STRING, map_of(STRING, DYN)),
    "capacity": map_of(STRING, map_of(STRING, QUANTITY)),
    "allowMultipleAllocations": BOOL,
}
_ENVIRONMENT = KUBERNETES.extend(
    variables={"device": struct(_DEVICE)}, provider=Records({_DEVICE: _FIELDS}), macros=BINDING_MACROS
)


@dataclass(frozen=True)
class _Size:
    """How large a value can be, and what is in it."""

    most: int | None = None
    parts: Mapping[str, _Size] = field(default_factory=dict)
    rest: _Size | None = None  # what any other name leads to


_DOMAIN, _ID, _VALUE = _Size(63), _Size(32), _Size(64)


def _by_domain(value: _Size) -> _Size:
    named = _Size(_MAX_ENTRIES, {"@keys": _ID, "@values": value, "@items": value}, value if value.most else None)
    return _Size(_MAX_ENTRIES, {"@keys": _DOMAIN, "@values": named, "@items": named})


_SIZES = _Size(parts={"driver": _DOMAIN, "attributes": _by_domain(_VALUE), "capacity": _by_domain(_Size())})


def _size_at(path: tuple[str, ...]) -> Range | None:
    found: _Size | None = _SIZES if path and path[0] == "device" else None
    for name in path[1:]:
        found = found.parts.get(name, found.rest) if found is not None else None
    return Range(0, found.most) if found is not None and found.most is not None else None


def check_expression(text: str, path: str, errors: ErrorList) -> None:
    """Whether an expression can select devices."""
    try:
        program = _ENVIRONMENT.compile(text)
    except ValueError as error:
        errors.invalid(path, text, f"compilation failed: {error}")
        return
    if program.type != BOOL and not is_dyn(program.type):
        errors.invalid(path, text, f"must evaluate to bool or the unknown type, not {program.type}")
    elif estimate(program.tree, _size_at).high > _MAX_COST:
        errors.forbidden(path, "too complex, exceeds cost limit")
