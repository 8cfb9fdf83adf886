"""What expressions cost: what is counted when they run, and what is estimated before."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.schema.structural import structural_of
from pybernetes.apiserver.cel import types
from pybernetes.apiserver.cel.environment import KUBERNETES, PER_CALL_LIMIT
from pybernetes.apiserver.cel.estimate import estimate
from pybernetes.apiserver.cel.schema_types import SchemaTypes, declare

BINDINGS: dict[str, Any] = {
    "self": {
        "listMap": [{"k": "a1", "v": "b1"}, {"k": "a2", "v": "b2"}, {"k": "a3", "v": "b3", "v2": "z"}],
        "val": {"b": 1, "d": 2},
        "s": "Pending",
        "i": 2,
        "l": [1, 2, 3],
    }
}


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("self.i == 1 + 1", 4),
        ("5 < int(10.0)", 1),
        ("type(self.i) == int", 4),
        ("self.s in ['Pending', 'Available']", 2),
        ("self.s.matches('^[^0-9]*$')", 5),
        ("1 in self.l", 5),
        ("self.l[0] in self.l", 8),
        ("self.l + [4, 5] == [1, 2, 3, 4, 5]", 4),
        ("has(self.val.b)", 2),
        ("'b' in self.val", 3),
        ("self.val.all(k, self.val[k] > 0)", 17),
        ("self.val.exists_one(k, self.val[k] == 2)", 14),
        ("size(self.val.filter(k, self.val[k] > 1)) == 1", 26),
        ("self.listMap.all(m, m.k.startsWith('a'))", 21),
        ("self.listMap.all(m, !has(m.v2) || m.v2 == 'z')", 21),
        ("self.listMap.exists(m, m.k.endsWith('1'))", 13),
        ("!self.listMap.exists(m, m.v == 'x')", 25),
        ("self.listMap.exists_one(m, m.k == 'a3')", 15),
        ("self.listMap.map(m, m.v).exists(v, v == 'b1')", 55),
        ("!self.listMap.all(m, has(m.v2) && m.v2 != 'z')", 10),
        ("lists.range(3).reverse().size() == 3", 14 + 14 + 1 + 1),
        ("[3, 1, 2].sort().size() == 3", 29 + 1 + 1),
        ("['b', 'a'].distinct().size() == 2", 19 + 1 + 1),
        ("[[1], [2]].flatten().size() == 2", 13 + 1 + 1),
    ],
)
def test_running(text: str, cost: int) -> None:
    """The figures are those of Kubernetes' own table for the same expressions."""
    environment = KUBERNETES.extend(variables={"self": types.map_of(types.STRING, types.DYN)})
    assert environment.compile(text).evaluate(BINDINGS, PER_CALL_LIMIT)[1] == cost


SCHEMA = structural_of(
    {
        "type": "object",
        "properties": {
            "text": {"type": "string", "maxLength": 10},
            "long": {"type": "string"},
            "choice": {"type": "string", "enum": ["a", "bcd"]},
            "list": {"type": "array", "maxItems": 10, "items": {"type": "string", "maxLength": 5}},
            "free": {"type": "array", "items": {"type": "integer"}},
            "map": {"type": "object", "maxProperties": 3, "additionalProperties": {"type": "string", "maxLength": 10}},
        },
    }
)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("self.text == 'abc'", 3),
        ("self.text.startsWith('abc')", 3),
        ("self.text.contains('abc')", 6),
        ("self.text.matches('^a+$')", 7),
        ("self.choice == 'bcd'", 3),
        ("self.long == self.long", 4 + 314573),
        ("self.list.all(x, x.startsWith('a'))", 2 + 1 + 10 * (3 + 2)),
        ("self.list.exists(x, x == 'a')", 2 + 1 + 10 * (4 + 2)),
        ("self.list.map(x, x).size() == 3", 2 + 0 + 10 + 10 * 13 + 1 + 1 + 1),
        ("self.map.all(k, self.map[k] != 'a')", 2 + 1 + 3 * (3 + 5)),
        ("self.free.size() < 5", 4),
        ("self.free.all(x, x > 0)", 2 + 1 + 1572863 * 5),
        ("true || self.text == 'a'", 3),
        ("self.text == 'a' ? self.text == 'b' : true", 6),
        ("has(self.text)", 1),
        ("self.list.slice(1, 3) == []", 2 + 2 + 11 + 10),
        ("self.list.distinct() == []", 2 + 2 * 100 + 11 + 10),
        ("self.list.sort() == []", 2 + 210 + 11 + 10),
        ("lists.range(7) == []", 7 + 11 + 10),
        ("self.list.reverse() == []", 2 + 10 + 11 + 10),
    ],
)
def test_estimating(text: str, most: int) -> None:
    declared = declare(SCHEMA, is_root=False)
    assert declared is not None
    environment = KUBERNETES.extend(variables={"self": declared.type}, provider=SchemaTypes(declared))
    assert estimate(environment.compile(text).tree, declared.size_at).high == most
