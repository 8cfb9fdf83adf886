"""Field numbers: the one fact of a message that the declarations do not hold.

Each module has the table of one API group (`TABLE`, a text so that a table costs nothing until it is used):

    ConfigMapKeySelector name=1.1 key=2 optional=3

is a struct, then its fields as JSON spells them, each with where it is. A path of numbers (1.1) is a field that
JSON has inline and protobuf has inside a nested message, because the Go type embeds a struct. A line that starts
with a space goes on with the struct before it. Fields that have no number here are not sent in protobuf.

A new field of a declared kind gets its number here, from the kind's published .proto; the tests name those without.

A struct is looked up in the table of the struct that holds it, then in core, then in meta: the order in which Go's
packages refer to each other.
"""

from __future__ import annotations

import importlib
from functools import cache

Place = tuple[int, ...]
Places = dict[str, Place]

_SHARED = ("core", "meta")
_LIST: Places = {"metadata": (1,), "items": (2,)}  # of every kind's list; its items are of the kind's own group


@cache
def table(name: str) -> dict[str, Places]:
    """The numbers of a group, by struct. Raises ModuleNotFoundError for a group that has none."""
    text: str = importlib.import_module(f"pybernetes.api.protobuf.numbers.{name}").TABLE
    result: dict[str, Places] = {}
    places: Places = {}
    for line in text.splitlines():
        words = line.split()
        if words and not line.startswith(" "):
            places = result[words.pop(0)] = {}
        for word in words:
            field, _, path = word.partition("=")
            places[field] = tuple(int(number) for number in path.split("."))
    return result


def find(struct_name: str, near: str) -> tuple[str, Places]:
    """The table that has a struct which one in table `near` refers to, and its numbers. Raises KeyError."""
    if struct_name == "List":
        return near, _LIST
    for name in (near, *_SHARED):
        places = table(name).get(struct_name)
        if places is not None:
            return name, places
    raise KeyError(f"no field numbers for {struct_name}, looked up from {near}")


def has(struct_name: str, near: str) -> bool:
    """Whether there are numbers for a struct that one in table `near` refers to."""
    try:
        find(struct_name, near)
    except (KeyError, ModuleNotFoundError):
        return False
    return True
