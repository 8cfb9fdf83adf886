"""Arguments in, values out, as pflag reads them."""

from __future__ import annotations

import pytest

from pybernetes.pyctl.failures import UsageFailure
from pybernetes.pyctl.flags import Flag, parse, parse_duration, split_words

FLAGS = (
    Flag("output", short="o"),
    Flag("watch", "bool", False, short="w"),
    Flag("stdin", "bool", False, short="i"),
    Flag("tty", "bool", False, short="t"),
    Flag("tail", "int", -1),
    Flag("dry-run", default="none", bare="unchanged"),
    Flag("filename", "slice", (), short="f"),
    Flag("from-literal", "array", ()),
    Flag("timeout", "duration", 0),
)


@pytest.mark.parametrize(
    ("argv", "name", "expected"),
    [
        (["--output=json"], "output", "json"),
        (["--output", "json"], "output", "json"),
        (["-o", "json"], "output", "json"),
        (["-ojson"], "output", "json"),
        (["-o=json"], "output", "json"),
        (["-o", "jsonpath={.a}"], "output", "jsonpath={.a}"),
        (["-w"], "watch", True),
        (["--watch=false"], "watch", False),
        (["-it"], "tty", True),
        (["-wojson"], "output", "json"),
        (["--tail", "-1"], "tail", -1),
        (["--tail=20"], "tail", 20),
        (["--dry-run"], "dry-run", "unchanged"),
        (["--dry-run=client"], "dry-run", "client"),
        ([], "dry-run", "none"),
        (["-f", "a,b", "-f", "c"], "filename", ["a", "b", "c"]),
        (["--from-literal=a=1,2", "--from-literal", "b=3"], "from-literal", ["a=1,2", "b=3"]),
        (["--timeout=1m30s"], "timeout", 90.0),
    ],
)
def test_values(argv: list[str], name: str, expected: object) -> None:
    values = parse(FLAGS, argv)
    given = {"slice": values.items, "array": values.items}
    kind = next(flag.kind for flag in FLAGS if flag.name == name)
    read = {**given, "bool": values.on, "int": values.number, "duration": values.seconds}.get(kind, values.text)
    assert read(name) == expected


def test_arguments_stand_anywhere_and_all_behind_the_dashes_are_arguments() -> None:
    values = parse(FLAGS, ["pod", "-i", "x", "--", "ls", "-l"])
    assert (values.arguments, values.after_dash) == (["pod", "x", "ls", "-l"], 2)


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["--foo"], "unknown flag: --foo"),
        (["-x"], "unknown shorthand flag: 'x' in -x"),
        (["--output"], "flag needs an argument: --output"),
        (["-o"], "flag needs an argument: 'o' in -o"),
        (
            ["--tail=x"],
            'invalid argument "x" for "--tail" flag: strconv.ParseInt: parsing "x": invalid syntax',
        ),
        (["--watch=x"], 'invalid argument "x" for "-w, --watch" flag: strconv.ParseBool: parsing "x": invalid syntax'),
    ],
)
def test_complaints(argv: list[str], complaint: str) -> None:
    with pytest.raises(UsageFailure) as raised:
        parse(FLAGS, argv)
    assert str(raised.value) == complaint


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1h", 3600), ("1h30m", 5400), ("500ms", 0.5), ("0", 0), ("-1s", -1), ("1.5s", 1.5)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "s", "5x", "1h x"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["get", "pods"], ["get", "pods"]),
        (["-o", "x", "get", "pods"], ["get", "pods"]),
        (["--output=x", "-w", "get"], ["get"]),
        (["exec", "p", "--", "get"], ["exec", "p"]),
        (["apply", "-f", "-"], ["apply"]),
    ],
)
def test_words_among_flags(argv: list[str], words: list[str]) -> None:
    assert [argv[place] for place in split_words(FLAGS, argv)] == words
