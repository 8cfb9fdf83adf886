"""Command-line flags as Kubernetes' components read them, declared where their values live.

A component's options are frozen dataclasses; a field that is made by `flag` is also a flag. The flag is named for the
field unless it says otherwise, and its type is that of the default. What the command line says becomes the instance:

    class Options:
        secure_port: int = flag(6443, "port to serve HTTPS on")

    read_flags("kube-apiserver", Options, ["--secure-port=0"]) → Options(secure_port=0)

A field whose value is another such dataclass brings that one's flags. `SECTION` of the class that declares a field
is the heading that --help lists it under.

The grammar is pflag's: ``--name value`` or ``--name=value``; a boolean is true when it stands alone and takes its
value behind a ``=`` only; ``_`` counts as ``-``; a list is split at commas and grows with each repetition, unless its
flag is `whole`: then each occurrence is one value.

Counterpart: github.com/spf13/pflag and component-base/cli/flag.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from pybernetes.component.duration import duration_seconds, go_duration

_METADATA = "flag"
_WIDTH = 110
Options = TypeVar("Options")


class FlagError(ValueError):
    """A command line that cannot be read, in pflag's words."""


class HelpWanted(Exception):
    """The command line asks for help."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. `kind` is what --help calls its values; an empty one is a boolean's."""

    name: str
    help: str
    kind: str
    read: Callable[[str], Any]
    default: Any
    repeated: bool = False
    short: str = ""
    deprecated: str = ""


def flag(
    default: Any,
    help: str,
    *,
    name: str = "",
    duration: bool = False,
    whole: bool = False,
    short: str = "",
    deprecated: str = "",
) -> Any:
    """A dataclass field that is a flag too. `duration`: seconds, written ``1m30s``; `whole`: see the module."""
    kind, read = _type_of(default, duration=duration, whole=whole)
    made = Flag(name, help, kind, read, default, isinstance(default, tuple), short, deprecated)
    return field(default=default, metadata={_METADATA: made})


def flags_of(options: type[Any]) -> Iterator[tuple[str, Flag]]:
    """(section, flag) of all flags of a class of options."""
    for one in fields(options):
        found = _flag_of(one)
        if found is not None:
            yield _section(options, one.name), found
        elif one.default_factory is not MISSING and is_dataclass(one.default_factory):
            yield from flags_of(cast("type[Any]", one.default_factory))


def written(options: Any) -> dict[str, str]:
    """The flags by name, with the values that an instance of options has, as text."""
    found: dict[str, str] = {}
    for one in fields(options):
        value, declared = getattr(options, one.name), _flag_of(one)
        if declared is not None:
            found[declared.name] = _text(declared, value)
        elif is_dataclass(value):
            found |= written(value)
    return found


def read_flags(
    program: str, options: type[Options], arguments: Sequence[str], *, told: Callable[[str], None] = print
) -> Options:
    """The options that the command line gives. `told` is given what is to be said of deprecated flags.

    Raises FlagError, HelpWanted, and ValueError for options that contradict each other.
    """
    known = {one.name: one for _, one in flags_of(options)}
    values, loose = parse(known, arguments, told)
    if loose:
        shown = " ".join(f'"{one}"' for one in loose)
        raise FlagError(f'"{program}" does not take any arguments, got [{shown}]')
    return made_of(options, values)


def made_of(options: type[Options], values: Mapping[str, Any]) -> Options:
    """An instance of values by flag."""
    given: dict[str, Any] = {}
    for one in fields(cast(Any, options)):
        found = _flag_of(one)
        if found is not None:
            if found.name in values:
                given[one.name] = values[found.name]
        elif one.default_factory is not MISSING and is_dataclass(one.default_factory):
            given[one.name] = made_of(cast("type[Any]", one.default_factory), values)
    return options(**given)


def parse(
    known: Mapping[str, Flag], arguments: Sequence[str], told: Callable[[str], None]
) -> tuple[dict[str, Any], list[str]]:
    """The values of the flags that are given, and the arguments that are no flags. Raises FlagError, HelpWanted."""
    short = {one.short: one for one in known.values() if one.short}
    values: dict[str, Any] = {}
    rest, loose = list(reversed(arguments)), list[str]()
    while rest:
        argument = rest.pop()
        if argument == "--":
            loose += reversed(rest)
            break
        if not argument.startswith("-") or argument == "-":
            loose.append(argument)
            continue
        shown, equals, text = argument.partition("=")
        if shown in ("-h", "--help"):
            raise HelpWanted()
        if argument.startswith("--"):
            one = known.get(shown[2:].replace("_", "-"))
            if one is None:
                raise FlagError(f"unknown flag: {shown}")
            value = text if equals else "true" if not one.kind else _next(rest, shown)
        else:
            one = short.get(argument[1])
            if one is None:
                raise FlagError(f"unknown shorthand flag: '{argument[1]}' in {argument}")
            value = argument[2:].removeprefix("=") or _next(rest, f"'{argument[1]}' in {argument}")
        if one.deprecated:
            told(f"Flag --{one.name} has been deprecated, {one.deprecated}")
        read = _value(one, value)
        values[one.name] = (*values.get(one.name, ()), *read) if one.repeated else read
    return values, loose


def usage(options: type[Any]) -> str:
    """What --help lists, by section, in the order of names."""
    sections: dict[str, list[Flag]] = {}
    for section, one in flags_of(options):
        sections.setdefault(section, []).append(one)
    return "\n".join(
        f"{section} flags:\n\n" + "".join(_line(one) for one in sorted(found, key=lambda one: one.name))
        for section, found in sections.items()
    )


def _flag_of(one: Field[Any]) -> Flag | None:
    found: Flag | None = one.metadata.get(_METADATA)
    if found is None or found.name:
        return found
    name = one.name.replace("_", "-")
    return Flag(name, found.help, found.kind, found.read, found.default, found.repeated, found.short, found.deprecated)


def _section(options: type[Any], name: str) -> str:
    """The heading of the class that declares the field: the last of those that have it."""
    declares = [one for one in options.__mro__ if name in inspect.get_annotations(one)]
    return str(getattr(declares[-1], "SECTION", "Misc"))


def _type_of(default: Any, *, duration: bool, whole: bool) -> tuple[str, Callable[[str], Any]]:
    if isinstance(default, bool):
        return "", _boolean
    if duration:
        return "duration", _seconds
    if isinstance(default, tuple):
        return ("stringArray", lambda text: (text,)) if whole else ("strings", _words)
    if isinstance(default, int):
        return "int", _integer
    if isinstance(default, float):
        return "float", _number
    return "string", type(default) if isinstance(default, Path) else str


def _value(one: Flag, text: str) -> Any:
    try:
        return one.read(text)
    except ValueError as error:
        raise FlagError(f'invalid argument "{text}" for "--{one.name}" flag: {error}') from None


def _next(rest: list[str], shown: str) -> str:
    if not rest:
        raise FlagError(f"flag needs an argument: {shown}")
    return rest.pop()


def _boolean(text: str) -> bool:
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def _integer(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'strconv.ParseFloat: parsing "{text}": invalid syntax') from None


def _seconds(text: str) -> float:
    try:
        return duration_seconds(text)
    except ValueError:
        raise ValueError(f'time: invalid duration "{text}"') from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _line(one: Flag) -> str:
    short = f"-{one.short}, " if one.short else "    "
    head = f"  {short}--{one.name}{' ' + one.kind if one.kind else ''}"
    default = "" if one.default in ("", (), False, 0) else f" (default {_shown(one)})"
    gone = f" (DEPRECATED: {one.deprecated})" if one.deprecated else ""
    indent = " " * 12
    text = textwrap.fill(f"{one.help}{default}{gone}", _WIDTH, initial_indent=indent, subsequent_indent=indent)
    return f"{head}\n{text}\n"


def _shown(one: Flag) -> str:
    return _text(one, one.default)


def _text(one: Flag, value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ",".join(value) + "]"
    if one.kind == "duration":
        return go_duration(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
