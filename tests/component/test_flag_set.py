"""Command lines as pflag reads them, its errors, and what --help lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from pybernetes.component.flag_set import FlagError, HelpWanted, flag, read_flags, usage


@dataclass(frozen=True)
class Inner:
    SECTION = "Inner"

    inner_name: str = flag("", "a name")
    old: int = flag(1, "no longer", deprecated="use --inner-name")


@dataclass(frozen=True)
class Base:
    SECTION = "First"

    port: int = flag(80, "a port")


@dataclass(frozen=True)
class Options(Base):
    SECTION = "Second"

    on: bool = flag(True, "a switch")
    off: bool = flag(False, "a switch")
    words: tuple[str, ...] = flag(("x",), "words")
    whole: tuple[str, ...] = flag((), "with commas", whole=True)
    wait_seconds: float = flag(1.0, "a time", name="wait", duration=True)
    part: float = flag(0.5, "a part")
    verbosity: int = flag(0, "logs", name="v", short="v")
    not_a_flag: str = "z"
    inner: Inner = field(default_factory=Inner)


READ: dict[tuple[str, ...], dict[str, Any]] = {
    (): {},
    ("--port=1",): {"port": 1},
    ("--port", "0x10"): {"port": 16},
    ("--off",): {"off": True},
    ("--on=false", "--off=T"): {"on": False, "off": True},
    ("--words=a,b", "--words", "c"): {"words": ("a", "b", "c")},
    ("--words=",): {"words": ()},
    ("--whole=a,b", "--whole=c"): {"whole": ("a,b", "c")},
    ("--wait=1h0m1s",): {"wait_seconds": 3601.0},
    ("--part", "0.25"): {"part": 0.25},
    ("-v", "4"): {"verbosity": 4},
    ("-v=4",): {"verbosity": 4},
    ("-v4",): {"verbosity": 4},
    ("--v=4",): {"verbosity": 4},
    ("--inner_name=n",): {"inner": Inner(inner_name="n")},
}

REFUSED = {
    ("--foo",): "unknown flag: --foo",
    ("--foo=1",): "unknown flag: --foo",
    ("-x",): "unknown shorthand flag: 'x' in -x",
    ("--port",): "flag needs an argument: --port",
    ("-v",): "flag needs an argument: 'v' in -v",
    ("--port=x",): 'invalid argument "x" for "--port" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ("--on=maybe",): 'invalid argument "maybe" for "--on" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ("--part=x",): 'invalid argument "x" for "--part" flag: strconv.ParseFloat: parsing "x": invalid syntax',
    ("--wait=soon",): 'invalid argument "soon" for "--wait" flag: time: invalid duration "soon"',
    ("--on", "false"): '"prog" does not take any arguments, got ["false"]',
    ("--", "--port=1", "x"): '"prog" does not take any arguments, got ["--port=1" "x"]',
}


@pytest.mark.parametrize("arguments", READ, ids=" ".join)
def test_what_is_read(arguments: tuple[str, ...]) -> None:
    assert read_flags("prog", Options, arguments) == Options(**READ[arguments])


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_what_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(FlagError) as refused:
        read_flags("prog", Options, arguments)
    assert str(refused.value) == REFUSED[arguments]


def test_a_deprecated_flag_is_taken_and_told() -> None:
    said: list[str] = []
    assert read_flags("prog", Options, ["--old=2"], told=said.append).inner.old == 2
    assert said == ["Flag --old has been deprecated, use --inner-name"]


def test_help_lists_each_flag_below_the_section_that_declares_it() -> None:
    with pytest.raises(HelpWanted):
        read_flags("prog", Options, ["--port=1", "-h"])
    text = usage(Options)
    assert [line for line in text.splitlines() if line.endswith(" flags:")] == [
        "First flags:",
        "Second flags:",
        "Inner flags:",
    ]
    assert text.index("First flags:") < text.index("--port int") < text.index("Second flags:") < text.index("--on\n")
    assert "-v, --v int" in text and "(default 1s)" in text and "(default [x])" in text
    assert "not-a-flag" not in text and "DEPRECATED: use --inner-name" in text
