"""Regular expressions from strangers, matched in time linear in the text.

The patterns of custom resources are RE2's, and anyone who may create an object chooses the text. Python's own engine
backtracks: ``(a+)+$`` over forty characters would hold the server for hours. So a pattern is parsed with Python's
parser, compiled to a small automaton, and run over all its states at once. What RE2 does not have either (look-around,
back references) is refused, as are patterns that would need too many states.

Limits: classes are ASCII; ``\\p{…}`` is refused.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_parser: Any = importlib.import_module("re._parser")
_codes: Any = importlib.import_module("re._constants")

MAX_STATES = 5000  # about the size of RE2's own bound on counted repetition, for one pattern
MAX_PATTERN_CHARACTERS = 4096
_KEPT_PATTERNS = 1024
_POSIX = {
    "[:alnum:]": "0-9A-Za-z",
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:space:]": r"\t\n\v\f\r ",
    "[:xdigit:]": "0-9A-Fa-f",
    "[:word:]": "0-9A-Za-z_",
}

_KEPT_STEPS = 10_000  # a few MB at most
_NOWHERE: frozenset[int] = frozenset()

Test = Callable[[str], bool]
Step = tuple[bool, frozenset[int], str]  # whether it has matched before the character, the states after it, its kind
Condition = Callable[[str, str], bool]  # of the characters before and after the place, "" at the ends


class PatternError(ValueError):
    """The pattern is malformed, or uses what is not to be had."""


class Pattern:
    """A compiled pattern. A state is a test with its successor, or a list of states that cost no character."""

    def __init__(self, text: str):
        if len(text) > MAX_PATTERN_CHARACTERS:
            raise PatternError(f"must be no more than {MAX_PATTERN_CHARACTERS} characters")
        for name, members in _POSIX.items():
            text = text.replace(name, members)
        try:
            tree = _parser.parse(text.replace(r"\z", r"\Z"), re.ASCII)
        except (re.error, RecursionError, OverflowError) as error:
            raise PatternError(f"error parsing regexp: {error}") from None
        self._tests: list[Test | None] = []
        self._next: list[list[int]] = []
        self._conditions: list[Condition | None] = []
        self._steps: dict[tuple[frozenset[int], str, str], Step] = {}
        self._accept = self._state()
        self._start = self._sequence(tree, self._accept, tree.state.flags)

    def search(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text."""
        current, before, steps = _NOWHERE, "", self._steps
        for after in text:
            step = steps.get((current, before, after))
            if step is None:
                step = self._remembered(current, before, after)
            found, current, before = step
            if found:
                return True
        return self._accept in self._closure({*current, self._start}, before, "")

    def _remembered(self, current: frozenset[int], before: str, after: str) -> Step:
        """One step over a character, from now on known: most texts take the same few again and again."""
        if len(self._steps) >= _KEPT_STEPS:
            self._steps.clear()
        reached = self._closure({*current, self._start}, before, after)
        following: set[int] = set()
        for state in reached:
            test = self._tests[state]
            if test is not None and test(after):
                following.update(self._next[state])
        step = (self._accept in reached, frozenset(following), _kind_of(after))
        self._steps[current, before, after] = step
        return step

    def _closure(self, states: set[int], before: str, after: str) -> set[int]:
        reached, waiting = set(states), list(states)
        while waiting:
            state = waiting.pop()
            if self._tests[state] is not None:
                continue
            condition = self._conditions[state]
            if condition is not None and not condition(before, after):
                continue
            for following in self._next[state]:
                if following not in reached:
                    reached.add(following)
                    waiting.append(following)
        return reached

    def _state(
        self, following: list[int] | None = None, *, test: Test | None = None, condition: Condition | None = None
    ) -> int:
        if len(self._tests) >= MAX_STATES:
            raise PatternError("error parsing regexp: expression is too large")
        self._tests.append(test)
        self._conditions.append(condition)
        self._next.append(following or [])
        return len(self._tests) - 1

    def _sequence(self, items: Any, after: int, flags: int) -> int:
        """The first state of a sequence that goes on at `after`. Built from its end."""
        for code, argument in reversed(list(items)):
            after = self._item(code, argument, after, flags)
        return after

    def _item(self, code: Any, argument: Any, after: int, flags: int) -> int:
        if code is _codes.SUBPATTERN:
            _, added, removed, inner = argument
            return self._sequence(inner, after, (flags | added) & ~removed)
        if code is _codes.BRANCH:
            return self._state([self._sequence(branch, after, flags) for branch in argument[1]])
        if code in (_codes.MAX_REPEAT, _codes.MIN_REPEAT):
            least, most, inner = argument
            return self._repeat(least, most, inner, after, flags)
        if code is _codes.AT:
            return self._state([after], condition=_condition(argument, flags))
        return self._state([after], test=_test(code, argument, flags))

    def _repeat(self, least: int, most: Any, inner: Any, after: int, flags: int) -> int:
        if most is _codes.MAXREPEAT:
            loop = self._state([])
            self._next[loop] = [self._sequence(inner, loop, flags), after]
            after = loop
        else:
            for _ in range(most - least):
                after = self._state([self._sequence(inner, after, flags), after])
        for _ in range(least):
            after = self._sequence(inner, after, flags)
        return after


def _word(character: str) -> bool:
    return bool(character) and (character == "_" or (character.isascii() and character.isalnum()))


def _kind_of(character: str) -> str:
    """One character for all that look the same to what asks for the character before a place."""
    return "\n" if character == "\n" else "w" if _word(character) else "-"


def _condition(where: Any, flags: int) -> Condition:
    lines = bool(flags & re.MULTILINE)
    if where is _codes.AT_BEGINNING_STRING or (where is _codes.AT_BEGINNING and not lines):
        return lambda before, after: not before
    if where is _codes.AT_END_STRING or (where is _codes.AT_END and not lines):
        return lambda before, after: not after
    if where is _codes.AT_BEGINNING:
        return lambda before, after: before in ("", "\n")
    if where is _codes.AT_END:
        return lambda before, after: after in ("", "\n")
    if where is _codes.AT_BOUNDARY:
        return lambda before, after: _word(before) != _word(after)
    return lambda before, after: _word(before) == _word(after)


def _test(code: Any, argument: Any, flags: int) -> Test:
    """The test of one character."""
    plain = _plain_test(code, argument, flags)
    if not flags & re.IGNORECASE:
        return plain
    return lambda character: plain(character) or plain(character.lower()) or plain(character.upper())


def _plain_test(code: Any, argument: Any, flags: int) -> Test:
    if code is _codes.LITERAL:
        wanted = chr(argument)
        return lambda character: character == wanted
    if code is _codes.NOT_LITERAL:
        unwanted = chr(argument)
        return lambda character: character != unwanted
    if code is _codes.ANY:
        return (lambda character: True) if flags & re.DOTALL else (lambda character: character != "\n")
    if code is _codes.IN:
        negated = bool(argument) and argument[0][0] is _codes.NEGATE
        members = [_member(*item) for item in argument[1 if negated else 0 :]]
        return lambda character: any(member(character) for member in members) is not negated
    raise PatternError("error parsing regexp: invalid or unsupported Perl syntax")


_CATEGORIES: dict[str, Test] = {
    "DIGIT": lambda character: "0" <= character <= "9",
    "SPACE": lambda character: character in "\t\n\f\r ",  # without \v, as RE2 has it
    "WORD": _word,
}


def _member(code: Any, argument: Any) -> Test:
    if code is _codes.LITERAL:
        wanted = chr(argument)
        return lambda character: character == wanted
    if code is _codes.RANGE:
        low, high = chr(argument[0]), chr(argument[1])
        return lambda character: low <= character <= high
    name = str(argument).removeprefix("CATEGORY_")
    positive = _CATEGORIES.get(name.removeprefix("NOT_"))
    if code is not _codes.CATEGORY or positive is None:
        raise PatternError("error parsing regexp: invalid or unsupported Perl syntax")
    if name.startswith("NOT_"):
        return lambda character: not positive(character)
    return positive


@lru_cache(_KEPT_PATTERNS)
def compiled(text: str) -> Pattern:
    """Raises `PatternError`."""
    return Pattern(text)
