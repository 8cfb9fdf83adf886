"""Whether a value of one type may stand where another is wanted, and what that says about type parameters.

    a substitution (parameter → type) + two types → a larger substitution, or none

Counterpart: cel-go/checker/types.go and mapping.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.apiserver.cel.types import DYN, Kind, Type, is_dyn, is_dyn_or_error

Substitution = dict[str, Type]

_NULLABLE = (Kind.NULL, Kind.OPAQUE, Kind.STRUCT, Kind.TIMESTAMP, Kind.DURATION)


def assignable(known: Substitution, given: Sequence[Type], wanted: Sequence[Type]) -> Substitution | None:
    """The substitution under which each given type fits, or None."""
    if len(given) != len(wanted):
        return None
    trial = dict(known)
    if all(_assignable(trial, one, other) for one, other in zip(given, wanted, strict=True)):
        return trial
    return None


def _assignable(known: Substitution, one: Type, other: Type) -> bool:
    if other.kind is Kind.PARAMETER:
        valid, has = _substitutable(known, one, other)
        if valid or has:
            return valid
    if one.kind is Kind.PARAMETER:
        return _substitutable(known, other, one)[0]
    if is_dyn_or_error(one) or is_dyn_or_error(other):
        return True
    if one.kind is Kind.NULL:
        return other.kind in _NULLABLE
    if other.kind is Kind.NULL:
        return one.kind in _NULLABLE
    if one.kind is not other.kind:
        return False
    match one.kind:
        case Kind.TYPE:
            return True
        case Kind.STRUCT:
            return one.name == other.name
        case Kind.LIST | Kind.MAP | Kind.OPAQUE:
            return (
                one.name == other.name
                and len(one.parameters) == len(other.parameters)
                and all(
                    _assignable(known, mine, yours)
                    for mine, yours in zip(one.parameters, other.parameters, strict=True)
                )
            )
    return True


def _substitutable(known: Substitution, one: Type, parameter: Type) -> tuple[bool, bool]:
    """Whether the parameter may stand for the type, and whether it already stands for one."""
    found = known.get(parameter.name)
    if found is not None:
        if one == found:
            return True, True
        if _assignable(known, one, found):
            known[parameter.name] = most_general(one, found)
            return True, True
        return False, True
    if _is_free_of(known, parameter, one):
        known[parameter.name] = one
        return True, False
    return False, False


def _is_free_of(known: Substitution, parameter: Type, within: Type) -> bool:
    """Whether the parameter does not occur in the type."""
    if within == parameter:
        return False
    if within.kind is Kind.PARAMETER:
        found = known.get(within.name)
        return found is None or _is_free_of(known, parameter, found)
    return all(_is_free_of(known, parameter, part) for part in within.parameters)


def most_general(one: Type, other: Type) -> Type:
    """The more general of two types that fit each other."""
    return one if _is_equal_or_less_specific(one, other) else other


def _is_equal_or_less_specific(one: Type, other: Type) -> bool:
    if is_dyn(one) or one.kind is Kind.PARAMETER:
        return True
    if is_dyn(other) or other.kind is Kind.PARAMETER:
        return False
    if one.kind is not other.kind:
        return False
    if one.kind is Kind.TYPE:
        return True
    if one.name != other.name or len(one.parameters) != len(other.parameters):
        return False
    return all(map(_is_equal_or_less_specific, one.parameters, other.parameters))


def substitute(known: Substitution, some: Type, *, free_is_dyn: bool) -> Type:
    """The type with what its parameters stand for; parameters that stand for nothing stay, or become dyn."""
    if some.kind is Kind.PARAMETER:
        found = known.get(some.name)
        if found is not None:
            return substitute(known, found, free_is_dyn=free_is_dyn)
        return DYN if free_is_dyn else some
    if not some.parameters:
        return some
    parts = tuple(substitute(known, part, free_is_dyn=free_is_dyn) for part in some.parameters)
    return Type(some.kind, some.name, parts, some.runtime_name)
