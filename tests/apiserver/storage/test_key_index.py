from __future__ import annotations

import random

import pytest

from pybernetes.apiserver.storage import key_index
from pybernetes.apiserver.storage.key_index import KeyIndex, prefix_end, range_start


@pytest.mark.parametrize(
    ("prefix", "end"),
    [
        ("/a/", "/a0"),
        ("a", "b"),
        ("", None),
        ("a\U0010ffff", "b"),
        ("\U0010ffff", None),
        ("\ud7ff", "\ue000"),
        ("\uffff", "\U00010000"),
    ],
)
def test_prefix_end(prefix: str, end: str | None) -> None:
    assert prefix_end(prefix) == end
    if end is not None:
        assert prefix.encode() < end.encode()
        assert (prefix + "\U0010ffff" * 3).encode() < end.encode()


@pytest.mark.parametrize(
    ("prefix", "start_after", "start"),
    [("/a/", "", "/a/"), ("/a/", "/a/b", "/a/b\0"), ("/a/", "/0", "/a/"), ("/a/", "/b", "/b\0"), ("", "", "")],
)
def test_range_start(prefix: str, start_after: str, start: str) -> None:
    assert range_start(prefix, start_after) == start


@pytest.mark.parametrize("chunk", [1, 2, 5, 1000])
@pytest.mark.parametrize("loaded", [0, 1, 300])
def test_an_index_is_a_sorted_map(monkeypatch: pytest.MonkeyPatch, chunk: int, loaded: int) -> None:
    monkeypatch.setattr(key_index, "_CHUNK_KEYS", chunk)
    dice = random.Random(chunk * 1000 + loaded)
    names = [f"/{dice.choice('abcé')}/{i}" for i in range(400)]
    expected = {name: i for i, name in enumerate(dice.sample(names, loaded))}
    index = KeyIndex(dict(expected))
    for step in range(1500):
        name = dice.choice(names)
        if name in expected and dice.random() < 0.55:
            index.remove(name)
            del expected[name]
        else:
            index.set(name, step)
            expected[name] = step
        assert index.get(name) == expected.get(name)
        if step % 10 == 0:
            check_ranges(index, expected, dice, names)
    for name in list(expected):
        index.remove(name)
    assert (len(index), index.keys("", None), index.count("", None)) == (0, [], 0)


def check_ranges(index: KeyIndex, expected: dict[str, int], dice: random.Random, names: list[str]) -> None:
    assert len(index) == len(expected)
    start = dice.choice(["", "/a/", dice.choice(names), dice.choice(names) + "\0", "~"])
    end = dice.choice([None, "/b/", dice.choice(names), ""])
    inside = sorted(name for name in expected if name >= start and (end is None or name < end))
    assert index.keys(start, end) == inside
    assert index.keys(start, end, 3) == inside[:3]
    assert index.count(start, end) == len(inside)


def test_removing_what_is_not_there() -> None:
    with pytest.raises(KeyError):
        KeyIndex().remove("/a")
