"""Flags, read the way pflag reads them.

Flags may stand anywhere before ``--``: ``--name=value``, ``--name value``, ``-n value``, ``-nvalue``, ``-n=value``,
``-it``. A flag with a `bare` value may come without one (``--dry-run``) and then never takes the next argument. The
declarations are data, and reading is a pure function, so that starting a command costs microseconds, where argparse
would cost several milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from pybernetes.pyctl.failures import UsageFailure

Kind = Literal["text", "bool", "int", "slice", "array", "duration"]


class Flag(NamedTuple):
    """One flag. A `slice` may be given several times and splits at commas, an `array` does not split.

    `bare` is what the flag means when no value is attached to it; empty when it needs one.
    """

    name: str
    kind: Kind = "text"
    default: Any = ""
    short: str = ""
    bare: str = ""
    help: str = ""

    @property
    def value_when_bare(self) -> str:
        return "true" if self.kind == "bool" else self.bare


_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)"  # compiled when used: most calls have no duration


def parse_duration(text: str) -> float:
    """Seconds from Go's spelling: ``1h30m``, ``10s``, ``0``. Raises ValueError."""
    body = text.lstrip("+-")
    if body == "0":
        return 0.0
    found = re.findall(_DURATION, body)
    if not found or "".join(number + unit for number, unit in found) != body:
        raise ValueError(f'time: invalid duration "{text}"')
    seconds = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in found)
    return -seconds if text.startswith("-") else seconds


class Values:
    """What the flags were set to, and the arguments that were none."""

    def __init__(self, flags: Iterable[Flag]):
        self._flags = {flag.name: flag for flag in flags}
        self._values: dict[str, Any] = {}
        self.arguments: list[str] = []
        self.after_dash: int | None = None

    def set(self, flag: Flag, text: str, shown: str) -> None:
        """Take up a value as it was written. Raises `UsageFailure`."""
        try:
            value = _convert(flag, text)
        except ValueError as error:
            raise UsageFailure(f'invalid argument "{text}" for "{shown}" flag: {error}') from error
        if flag.kind in ("slice", "array"):
            value = [*self._values.get(flag.name, []), *value]
        self._values[flag.name] = value

    def given(self, name: str) -> bool:
        """Whether the flag was set by the user."""
        return name in self._values

    def _get(self, name: str) -> Any:
        return self._values[name] if name in self._values else self._flags[name].default

    def has(self, name: str) -> bool:
        """Whether the command has such a flag at all."""
        return name in self._flags

    def is_from(self, flags: Sequence[Flag], name: str) -> bool:
        """Whether the flag of that name is one of these, and not another by the same name."""
        return self._flags.get(name) in flags

    def text(self, name: str) -> str:
        return str(self._get(name))

    def on(self, name: str) -> bool:
        return bool(self._get(name))

    def number(self, name: str) -> int:
        return int(self._get(name) or 0)

    def items(self, name: str) -> list[str]:
        return list(self._get(name) or ())

    def seconds(self, name: str) -> float:
        return float(self._get(name) or 0)


def _convert(flag: Flag, text: str) -> Any:
    if flag.kind == "bool":
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    if flag.kind == "int":
        try:
            return int(text)
        except ValueError as error:
            raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error
    if flag.kind == "duration":
        return parse_duration(text)
    if flag.kind == "slice":
        return [part for part in text.split(",") if part]
    return [text] if flag.kind == "array" else text


def parse(flags: Sequence[Flag], argv: Sequence[str]) -> Values:
    """The values and arguments in `argv`. Raises `UsageFailure`."""
    values = Values(flags)
    by_name = {flag.name: flag for flag in flags}
    by_short = {flag.short: flag for flag in flags if flag.short}
    rest = list(argv)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            values.after_dash = len(values.arguments)
            values.arguments += rest
            break
        if argument.startswith("--"):
            _long(values, by_name, argument, rest)
        elif argument.startswith("-") and len(argument) > 1:
            _shorts(values, by_short, argument, rest)
        else:
            values.arguments.append(argument)
    return values


def _long(values: Values, by_name: dict[str, Flag], argument: str, rest: list[str]) -> None:
    name, equals, text = argument[2:].partition("=")
    flag = by_name.get(name)
    if flag is None:
        raise UsageFailure(f"unknown flag: --{name}")
    if not equals:
        if flag.value_when_bare:
            text = flag.value_when_bare
        elif rest:
            text = rest.pop(0)
        else:
            raise UsageFailure(f"flag needs an argument: --{name}")
    values.set(flag, text, f"-{flag.short}, --{name}" if flag.short else f"--{name}")


def _shorts(values: Values, by_short: dict[str, Flag], argument: str, rest: list[str]) -> None:
    letters = argument[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        flag = by_short.get(letter)
        if flag is None:
            raise UsageFailure(f"unknown shorthand flag: '{letter}' in {argument}")
        shown = f"-{letter}, --{flag.name}"
        if letters.startswith("="):
            values.set(flag, letters[1:], shown)
            return
        if flag.value_when_bare:
            values.set(flag, flag.value_when_bare, shown)
        elif letters:
            values.set(flag, letters, shown)
            return
        elif rest:
            values.set(flag, rest.pop(0), shown)
        else:
            raise UsageFailure(f"flag needs an argument: '{letter}' in {argument}")


def split_words(flags: Sequence[Flag], argv: Sequence[str]) -> list[int]:
    """The places in `argv` of the words that are neither flags nor their values, up to ``--``.

    This is how the command is found among global flags (``pyctl -n web get pods``) before its own are known; a flag
    that is not in `flags` is taken to need no value.
    """
    by_name = {flag.name: flag for flag in flags}
    by_short = {flag.short: flag for flag in flags if flag.short}
    places: list[int] = []
    index = 0
    while index < len(argv) and argv[index] != "--":
        word = argv[index]
        if not word.startswith("-") or word == "-":
            places.append(index)
        elif "=" not in word:
            flag = by_name.get(word[2:]) if word.startswith("--") else by_short.get(word[1:])
            if flag is not None and not flag.value_when_bare:
                index += 1
        index += 1
    return places
