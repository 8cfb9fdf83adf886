"""Our engine and cel-cpp agree: on what expressions give, and on which of them fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from cel_expr_python import cel

from pybernetes.apiserver.cel.environment import KUBERNETES, PER_CALL_LIMIT
from pybernetes.apiserver.cel.errors import EvaluationError, ProgramError

OTHER = cel.NewEnv()
DEPTH = 3
NUMBERS = ("0", "1", "-1", "3", "7", "9223372036854775807", "-9223372036854775808")
TEXTS = ("''", "'a'", "'aé'", '"b\\n"', "'12'", "'true'", "'😀'")


class Writer:
    """Writes expressions of a wanted type, deterministic for a seed."""

    def __init__(self, seed: int):
        self._random = Random(seed)
        self._names: list[str] = []

    def write(self, kind: str, depth: int = DEPTH) -> str:
        forms: dict[str, Callable[[int], str]] = {
            "int": self._int,
            "bool": self._bool,
            "string": self._string,
            "list": self._list,
        }
        return forms[kind](depth)

    def _one(self, *choices: Callable[[], str]) -> str:
        return self._random.choice(choices)()

    def _int(self, depth: int) -> str:
        atom = self._random.choice([*NUMBERS, *self._names])
        if not depth:
            return atom

        def inner() -> str:
            return self.write("int", depth - 1)

        operator = self._random.choice("+-*/%")
        return self._one(
            lambda: atom,
            lambda: f"({inner()} {operator} {inner()})",
            lambda: f"({self.write('bool', depth - 1)} ? {inner()} : {inner()})",
            lambda: f"size({self.write('string', depth - 1)})",
            lambda: f"{self.write('list', depth - 1)}[{self._random.choice('012')}]",
            lambda: f"int({self.write('string', depth - 1)})",
            lambda: f"{{'k': {inner()}}}.k",
        )

    def _bool(self, depth: int) -> str:
        if not depth:
            return self._random.choice(("true", "false"))
        operator = self._random.choice(("<", "<=", "==", "!=", ">", ">="))
        kind = self._random.choice(("int", "string"))
        return self._one(
            lambda: f"({self.write('bool', depth - 1)} && {self.write('bool', depth - 1)})",
            lambda: f"({self.write('bool', depth - 1)} || {self.write('bool', depth - 1)})",
            lambda: f"!{self.write('bool', depth - 1)}",
            lambda: f"({self.write(kind, depth - 1)} {operator} {self.write(kind, depth - 1)})",
            lambda: f"({self.write('int', depth - 1)} in {self.write('list', depth - 1)})",
            lambda: f"{self.write('string', depth - 1)}.startsWith({self.write('string', 0)})",
            lambda: f"{self.write('string', depth - 1)}.matches('^[a-z]*$')",
            lambda: self._macro(self._random.choice(("all", "exists", "exists_one")), "bool", depth),
        )

    def _string(self, depth: int) -> str:
        if not depth:
            return self._random.choice(TEXTS)
        return self._one(
            lambda: self._random.choice(TEXTS),
            lambda: f"({self.write('string', depth - 1)} + {self.write('string', depth - 1)})",
            lambda: f"string({self.write('int', depth - 1)})",
            lambda: f"({self.write('bool', depth - 1)} ? {self.write('string', 0)} : {self.write('string', 0)})",
        )

    def _list(self, depth: int) -> str:
        if not depth:
            return f"[{', '.join(self._random.choice(NUMBERS) for _ in range(self._random.randrange(1, 4)))}]"
        return self._one(
            lambda: f"[{self.write('int', depth - 1)}, {self.write('int', depth - 1)}]",
            lambda: f"({self.write('list', depth - 1)} + {self.write('list', depth - 1)})",
            lambda: self._macro("map", "int", depth),
            lambda: self._macro("filter", "bool", depth),
        )

    def _macro(self, name: str, kind: str, depth: int) -> str:
        over, variable = self.write("list", depth - 1), f"v{len(self._names)}"
        self._names.append(variable)
        body = self.write(kind, depth - 1)
        self._names.pop()
        return f"{over}.{name}({variable}, {body})"


def ours(text: str) -> Any:
    """Raises `ProgramError` for a conversion that can never be: cel-go and we refuse it before it runs."""
    program = KUBERNETES.compile(text)
    try:
        return program.evaluate({}, PER_CALL_LIMIT)[0]
    except EvaluationError:
        return EvaluationError


def theirs(text: str) -> Any:
    result = OTHER.compile(text).eval(data={})
    return EvaluationError if str(result.type()) == "ERROR" else result.plain_value()


@pytest.mark.parametrize("kind", ["int", "bool", "string", "list"])
def test_they_agree(kind: str) -> None:
    for seed in range(600):
        text = Writer(seed).write(kind)
        with suppress(ProgramError):
            assert ours(text) == theirs(text), text
