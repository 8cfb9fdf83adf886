"""Regular expressions that match in linear time: what they match, and what is refused."""

from __future__ import annotations

import re

import pytest

from pybernetes.api.schema.pattern import PatternError, compiled

PATTERNS = [
    "^a+$",
    "(a|b)*c",
    "^[^a-c]x?$",
    r"^\d{2,3}$",
    r"^\w+@\w+\.com$",
    r"\bfoo\b",
    "^(a{0,2}b){1,3}$",
    "a.c",
    "^$",
    "(?i)abc",
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "x*?y",
    r"[\d_-]+\s",
    r"\Afoo\Z",
    "",
]
TEXTS = ["", "a", "aaa", "aab", "abc", "ABC", "c", "dx", "ax", "12", "1234", "a@b.com", "a foo b", "afoob", "foo"]
TEXTS += ["abab", "aabaabaab", "bbbb", "a.b-c", "-a", "xxy", "1_- ", "a\nc", "foo\n"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_finds_what_pythons_engine_finds(pattern: str) -> None:
    known = re.compile(pattern, re.ASCII)
    for text in TEXTS:
        if text.endswith("\n") and "$" in pattern:
            continue  # before a last line break, Python's $ matches and RE2's does not
        assert compiled(pattern).search(text) is (known.search(text) is not None), (pattern, text)


def test_the_end_is_the_end() -> None:
    assert not compiled("^foo$").search("foo\n")
    assert compiled(r"^foo\z").search("foo")


def test_posix_classes() -> None:
    assert compiled("^[[:alpha:]_]+$").search("aB_")
    assert not compiled("^[[:digit:]]+$").search("1a")


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*a){12}$", "^(([a-z])+.)+$"])
def test_nothing_backtracks(pattern: str) -> None:
    assert not compiled(pattern).search("a" * 2000 + "!\n")


@pytest.mark.parametrize(
    "pattern", ["(", "[", "a**", "(?=a)", "(?<!a)b", r"(a)\1", "((a{1,99}){1,99}){1,99}", "a" * 5000]
)
def test_what_re2_refuses_too(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled(pattern)
