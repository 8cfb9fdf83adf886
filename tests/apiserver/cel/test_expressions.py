"""Expressions give the values, and the errors, that the language says."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.apiserver.cel import types
from pybernetes.apiserver.cel.environment import KUBERNETES, PER_CALL_LIMIT
from pybernetes.apiserver.cel.errors import CompileError, CostExceeded, EvaluationError
from pybernetes.apiserver.cel.values import NONE, UInt, optional

ENVIRONMENT = KUBERNETES.extend(
    variables={
        "self": types.DYN,
        "i": types.INT,
        "s": types.STRING,
        "items": types.list_of(types.INT),
        "map": types.map_of(types.STRING, types.INT),
    }
)
BINDINGS: dict[str, Any] = {
    "self": {
        "spec": {"replicas": 3, "labels": {"a.b": "c"}},
        "items": [{"name": f"a{n}"} for n in range(3)],
        "none": None,
    },
    "i": 7,
    "s": "héllo",
    "items": [1, 2, 3],
    "map": {"a": 1, "b": 2},
}


def evaluate(text: str) -> Any:
    return ENVIRONMENT.compile(text).evaluate(BINDINGS, PER_CALL_LIMIT)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # literals
        ("1", 1),
        ("-9223372036854775808", -(2**63)),
        ("0xFF", 255),
        ("3u", UInt(3)),
        ("1.5e3", 1500.0),
        ("'a\\n\\x41\\u00e9\\101'", "a\nAéA"),
        ("r'\\d'", r"\d"),
        ("'''a'b'''", "a'b"),
        ("b'\\xffA'", b"\xffA"),
        ("null", None),
        ("[1, 2,]", [1, 2]),
        ("{'a': 1}", {"a": 1}),
        ("// why\n1", 1),
        # operators
        ("1 + 2 * 3", 7),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("!!true", True),
        ("--i", 7),
        ("i > 5 ? 'big' : 'small'", "big"),
        ("1 < 1.5", True),
        ("'a' < 'b' && b'a' < b'b'", True),
        ("dyn(1) == dyn(1.0)", True),
        ("dyn(1) == dyn(true)", False),
        ("dyn('1') == dyn(1)", False),
        ("[1, 2] == [1, 2] && {'a': [1]} == {'a': [1]}", True),
        ("[1] + [2]", [1, 2]),
        ("2 in items && !(9 in items) && 'a' in map", True),
        ("{1: 'a'}[1]", "a"),
        # an error does not matter when the other side decides
        ("false && 1 / 0 == 1", False),
        ("1 / 0 == 1 && false", False),
        ("1 / 0 == 1 || true", True),
        # fields
        ("self.spec.replicas", 3),
        ("self.spec.labels['a.b']", "c"),
        ("has(self.spec.replicas) && !has(self.spec.nope)", True),
        ("self.none == null", True),
        # macros
        ("items.all(x, x > 0)", True),
        ("items.exists(x, x == 2)", True),
        ("[0, 1].exists(x, 1 / x == 1)", True),
        ("[0, 2].all(x, 1 / x == 1)", False),
        ("items.exists_one(x, x > 2)", True),
        ("items.map(x, x * 2)", [2, 4, 6]),
        ("items.map(x, x > 1, x * 2)", [4, 6]),
        ("items.filter(x, x > 1)", [2, 3]),
        ("map.all(k, map[k] > 0)", True),
        ("items.map(x, items.filter(y, y < x).size())", [0, 1, 2]),
        ("self.items.map(x, x.name)", ["a0", "a1", "a2"]),
        ("items.all(n, x, n < x)", True),
        ("map.exists(k, v, k == 'b' && v == 2)", True),
        ("items.existsOne(n, x, n == 0)", True),
        ("items.transformList(n, x, n * x)", [0, 2, 6]),
        ("items.transformList(n, x, n > 0, x)", [2, 3]),
        ("map.transformMap(k, v, v * 10)", {"a": 10, "b": 20}),
        ("map.transformMapEntry(k, v, {v: k})", {1: "a", 2: "b"}),
        # optional values
        ("self.?spec.?replicas.orValue(1)", 3),
        ("self.?nope.nested.orValue(1)", 1),
        ("items[?5].hasValue()", False),
        ("{?'a': optional.none(), ?'b': optional.of(1)}", {"b": 1}),
        ("[?optional.none(), 1]", [1]),
        ("optional.of(1).optMap(x, x + 1)", optional(2)),
        ("optional.of(1).optFlatMap(x, optional.none())", NONE),
        ("optional.none().or(optional.of(2)).value()", 2),
        ("optional.ofNonZeroValue('')", NONE),
        # functions and conversions
        ("size(s) == 5 && s.size() == 5", True),
        ("s.startsWith('h') && s.endsWith('o') && s.contains('ll')", True),
        ("s.matches('^h.*o$')", True),
        ("int('42') + int(4.9) + int(2u)", 48),
        ("uint(3)", UInt(3)),
        ("double('1.5')", 1.5),
        ("string(1.0) + string(1e21) + string(true) + string(b'x')", "11e+21truex"),
        ("bytes('é')", "é".encode()),
        ("bool('true')", True),
        ("type(1) == int && type([]) == list && type(type(1)) == type", True),
        ("string(duration('1h2m1.5s'))", "3721.5s"),
        ("duration('1h').getMinutes()", 60),
        ("timestamp('2020-02-03T04:05:06.007Z').getMonth()", 1),
        ("timestamp('2020-02-03T04:05:06Z').getHours('+02:00')", 6),
        ("timestamp('2020-02-03T04:05:06Z').getDayOfWeek()", 1),
        ("string(timestamp('2020-02-03T04:05:06Z') + duration('1.5s'))", "2020-02-03T04:05:07.5Z"),
        ("timestamp('2020-01-02T00:00:00Z') - timestamp('2020-01-01T00:00:00Z') == duration('24h')", True),
    ],
)
def test_value(text: str, value: Any) -> None:
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "division by zero"),
        ("1 % 0", "modulus by zero"),
        ("9223372036854775807 + 1", "integer overflow"),
        ("0u - 1u", "unsigned integer overflow"),
        ("items[3]", "index out of bounds: 3"),
        ("map.c", "no such key: c"),
        ("map['c']", "no such key: c"),
        ("self.spec.nope", "no such key: nope"),
        ("has(self.nope.deeper)", "no such key: nope"),
        ("self.spec + 1", "no such overload"),
        ("self.spec.replicas.startsWith('a')", "no such overload"),
        ("int(s)", "type conversion error from 'string' to 'int'"),
        ("optional.none().value()", "optional.none() dereference"),
        ("[1, 1].transformMapEntry(n, x, {x: n})", "insert failed: key 1 already exists"),
        ("items.all(x, 10 / (x - 1) > 0)", "division by zero"),
    ],
)
def test_evaluation_error(text: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(text)
    assert str(caught.value) == message


_TOKENS = (
    "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
)


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("1 + 'a'", ["1:3: found no matching overload for '_+_' applied to '(int, string)'"]),
        ("i.x", ["1:2: type 'int' does not support field selection"]),
        ("nope.x", ["1:1: undeclared reference to 'nope' (in container '')"]),
        ("nope(1)", ["1:5: undeclared reference to 'nope' (in container '')"]),
        ("i.nope()", ["1:7: undeclared reference to 'nope' (in container '')"]),
        ("s.startsWith(1)", ["1:13: found no matching overload for 'startsWith' applied to 'string.(int)'"]),
        ("[1, 'a']", ["1:5: expected type 'int' but found 'string'"]),
        ("i && true", ["1:1: expected type 'bool' but found 'int'"]),
        (
            "i.all(x, x)",
            ["1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
        ),
        ("has(i)", ["1:5: invalid argument to has() macro"]),
        ("items.all(1, true)", ["1:11: argument must be a simple name"]),
        ("items.map(a.b, 1)", ["1:12: argument is not an identifier"]),
        ("for", ["1:1: reserved identifier: for"]),
        ("9223372036854775808", ["1:1: invalid int literal"]),
        ("duration('x')", ["1:10: invalid duration argument"]),
        ("s.matches('(')", ["1:11: invalid matches argument"]),
        ("s.`a-b`", ["1:3: unsupported syntax: '`'"]),
        (
            "a\n+ b",
            [
                "1:1: undeclared reference to 'a' (in container '')",
                "2:3: undeclared reference to 'b' (in container '')",
            ],
        ),
        ("i >", [f"1:4: Syntax error: mismatched input '<EOF>' expecting {_TOKENS}"]),
        ("(i", ["1:3: Syntax error: missing ')' at '<EOF>'"]),
        ("a b", ["1:3: Syntax error: extraneous input 'b' expecting <EOF>"]),
        ("i ? 1", ["1:6: Syntax error: mismatched input '<EOF>' expecting ':'"]),
        ("cel.bind(x, 1, x)", None),
    ],
)
def test_compile_error(text: str, errors: list[str] | None) -> None:
    with pytest.raises(CompileError) as caught:
        ENVIRONMENT.compile(text)
    if errors is not None:
        assert [
            line.removeprefix("ERROR: <input>:") for line in str(caught.value).split("\n") if "ERROR" in line
        ] == errors


def test_an_error_shows_the_place() -> None:
    with pytest.raises(CompileError) as caught:
        ENVIRONMENT.compile("'é' +\n\ti")
    assert str(caught.value) == (
        "ERROR: <input>:1:5: found no matching overload for '_+_' applied to '(string, int)'\n | 'é' +\n | .．..^"
    )


def test_what_is_too_deep_or_too_long_is_refused() -> None:
    assert evaluate("(" * 200 + "1" + ")" * 200) == 1
    assert evaluate(" + ".join(["1"] * 200)) == 200
    assert evaluate(" && ".join(["true"] * 5000)) is True
    for text in ("(" * 300 + "1" + ")" * 300, " + ".join(["1"] * 300), "a" + ".a" * 300):
        with pytest.raises(CompileError, match="recursion limit exceeded: 250"):
            ENVIRONMENT.compile(text)
    with pytest.raises(CompileError, match="code point size exceeds limit"):
        ENVIRONMENT.compile(" " * 100_001)


def test_an_evaluation_ends_at_its_limit() -> None:
    program = ENVIRONMENT.compile("items.all(x, items.all(y, items.all(z, x + y + z > 0)))")
    assert program.evaluate(BINDINGS, PER_CALL_LIMIT)[0] is True
    with pytest.raises(CostExceeded) as caught:
        program.evaluate(BINDINGS, 50)
    assert caught.value.cost > 50


def test_a_variable_without_a_value_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="no such attribute"):
        ENVIRONMENT.compile("i").evaluate({}, PER_CALL_LIMIT)
