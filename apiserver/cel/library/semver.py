"""Semantic versions: ``semver("1.2.3").isLessThan(semver("1.10.0"))``.

Counterparts: apiserver/pkg/cel/library/semverlib.go and blang/semver, whose words are in the errors.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import Functions, Overload, traverses
from pybernetes.apiserver.cel.types import BOOL, INT, STRING, Type, struct

SEMVER = struct("kubernetes.Semver")
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789")
_DIGITS = frozenset("0123456789")
_MAX = 2**64


@dataclass(frozen=True, slots=True)
class Semver:
    """A version; the build counts for nothing but equality of text, which is not asked here."""

    numbers: tuple[int, int, int]
    pre_release: tuple[str, ...]
    cel_type: ClassVar[Type] = SEMVER
    equality_is_cheap: ClassVar[bool] = True

    def key(self) -> tuple[Any, ...]:
        """What versions are ordered by: a release comes after what led to it, numbers before words."""
        parts = tuple((0, int(part), "") if set(part) <= _DIGITS else (1, 0, part) for part in self.pre_release)
        return (*self.numbers, not self.pre_release, parts)


def _number(name: str, text: str) -> int:
    if not text or not set(text) <= _DIGITS:
        raise EvaluationError(f"Invalid character(s) found in {name} number {json.dumps(text)}")
    if len(text) > 1 and text[0] == "0":
        raise EvaluationError(f"{name.capitalize()} number must not contain leading zeroes {json.dumps(text)}")
    if int(text) >= _MAX:
        raise EvaluationError(f"strconv.ParseUint: parsing {json.dumps(text)}: value out of range")
    return int(text)


def _pre_release(text: str) -> str:
    if not text:
        raise EvaluationError("prerelease is empty")
    if set(text) <= _DIGITS:
        if len(text) > 1 and text[0] == "0":
            raise EvaluationError(f"Numeric PreRelease version must not contain leading zeroes {json.dumps(text)}")
    elif not set(text) <= _ALLOWED:
        raise EvaluationError(f"Invalid character(s) found in prerelease {json.dumps(text)}")
    return text


def _parse(text: str) -> Semver:
    if not text:
        raise EvaluationError("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise EvaluationError("No Major.Minor.Patch elements found")
    major, minor = _number("major", parts[0]), _number("minor", parts[1])
    patch, plus, build = parts[2].partition("+")
    patch, dash, before = patch.partition("-")
    number = _number("patch", patch)
    releases = tuple(map(_pre_release, before.split("."))) if dash else ()
    for part in build.split(".") if plus else ():
        if not part:
            raise EvaluationError("Build meta data is empty")
        if not set(part) <= _ALLOWED:
            raise EvaluationError(f"Invalid character(s) found in build meta data {json.dumps(part)}")
    return Semver((major, minor, number), releases)


def _normalized(text: str) -> str:
    """Without a leading v and leading zeros, and with all three numbers."""
    parts = text.removeprefix("v").split(".", 2)
    for place, part in enumerate(parts):
        if len(part) > 1:
            rest = part.lstrip("0")
            parts[place] = rest if rest and rest[0] in _DIGITS else f"0{rest}"
    if len(parts) < 3:
        if "+" in parts[-1] or "-" in parts[-1]:
            raise EvaluationError("short version cannot contain PreRelease/Build meta data")
        parts += ["0"] * (3 - len(parts))
    return ".".join(parts)


def _semver(text: str, normalize: bool = False) -> Semver:
    return _parse(_normalized(text) if normalize else text)


def _is_semver(text: str, normalize: bool = False) -> bool:
    try:
        _semver(text, normalize)
    except EvaluationError:
        return False
    return True


def _two(name: str, result: Type, run: Callable[[Semver, Semver], object]) -> Overload:
    return Overload(name, (SEMVER, SEMVER), result, run, member=True)


def _part(name: str, place: int) -> list[Overload]:
    return [Overload(f"semver_{name}", (SEMVER,), INT, lambda value: value.numbers[place], member=True)]


SEMVERS: Functions = {
    "semver": [
        Overload("string_to_semver", (STRING,), SEMVER, _semver, cost=traverses(0)),
        Overload("string_bool_to_semver", (STRING, BOOL), SEMVER, _semver, cost=traverses(0)),
    ],
    "isSemver": [
        Overload("is_semver_string", (STRING,), BOOL, _is_semver, cost=traverses(0)),
        Overload("is_semver_string_bool", (STRING, BOOL), BOOL, _is_semver, cost=traverses(0)),
    ],
    "isGreaterThan": [_two("semver_is_greater_than", BOOL, lambda a, b: a.key() > b.key())],
    "isLessThan": [_two("semver_is_less_than", BOOL, lambda a, b: a.key() < b.key())],
    "compareTo": [_two("semver_compare_to", INT, lambda a, b: (a.key() > b.key()) - (a.key() < b.key()))],
    "major": _part("major", 0),
    "minor": _part("minor", 1),
    "patch": _part("patch", 2),
}
