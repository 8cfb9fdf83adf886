"""The fields that differ between two objects of one shape.

Equal parts are skipped with one comparison, so the cost is that of what has changed. A list that merges by key is
compared item by item; its order is nobody's field.

Counterpart: TypedValue.Compare of structured-merge-diff.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pybernetes.api.apply.extract import Extractor
from pybernetes.api.apply.field_set import LEAF, SELF, FieldSet
from pybernetes.api.object import Json
from pybernetes.api.schema.tree import ListOf, ListType, MapOf, Node, Struct


@dataclass(slots=True)
class Comparison:
    """What the newer object has more, has otherwise, and has no longer."""

    added: FieldSet = field(default_factory=dict)
    modified: FieldSet = field(default_factory=dict)
    removed: FieldSet = field(default_factory=dict)

    @property
    def is_same(self) -> bool:
        return not (self.added or self.modified or self.removed)


def compare(old: Json, new: Json, extractor: Extractor) -> Comparison:
    """How `new` differs from `old`."""
    return _Comparing(extractor).objects(old, new, extractor.struct)


class _Comparing:
    def __init__(self, extractor: Extractor):
        self._extractor = extractor

    def objects(self, old: Json, new: Json, node: Struct | MapOf) -> Comparison:
        result = Comparison()
        for name, value in new.items():
            step = f"f:{name}"
            if name not in old:
                result.added[step] = self._all_of(_below(node, name), value)
            elif old[name] != value:
                self._part(result, step, old[name], value, _below(node, name))
        for name, value in old.items():
            if name not in new:
                result.removed[f"f:{name}"] = self._all_of(_below(node, name), value)
        return result

    def _all_of(self, node: Node | None, value: Any) -> FieldSet:
        return self._extractor.added(node, value) if value is not None else LEAF

    def _part(self, result: Comparison, step: str, old: Any, new: Any, node: Node | None) -> None:
        if not (is_granular(node) and (old or new)):
            result.modified[step] = LEAF
        elif old is None:
            _put(result.added, step, _without_self(self._all_of(node, new)))
        elif new is None:
            _put(result.removed, step, _without_self(self._all_of(node, old)))
        elif isinstance(node, Struct | MapOf) and type(old) is dict and type(new) is dict:
            self._nest(result, step, self.objects(old, new, node))
        elif isinstance(node, ListOf) and type(old) is list and type(new) is list:
            self._nest(result, step, self._lists(old, new, node))
        else:
            result.modified[step] = LEAF

    def _lists(self, old: list[Any], new: list[Any], node: ListOf) -> Comparison:
        step_of = self._extractor.step_of(node)
        before = {step_of(item): item for item in old}
        after = {step_of(item): item for item in new}
        result = Comparison()
        for step, item in after.items():
            if step not in before:
                result.added[step] = self._all_of(node.items, item)
            elif before[step] != item:
                self._part(result, step, before[step], item, node.items)
        for step, item in before.items():
            if step not in after:
                result.removed[step] = self._all_of(node.items, item)
        return result

    @staticmethod
    def _nest(result: Comparison, step: str, below: Comparison) -> None:
        _put(result.added, step, below.added)
        _put(result.modified, step, below.modified)
        _put(result.removed, step, below.removed)


def _below(node: Struct | MapOf, name: str) -> Node | None:
    if isinstance(node, MapOf):
        return node.values
    found = node.fields.get(name)
    return node.rest if found is None else found.node


def is_granular(node: Node | None) -> bool:
    """Whether parts of a value of this shape have owners of their own."""
    if isinstance(node, Struct | MapOf):
        return not node.atomic
    return isinstance(node, ListOf) and node.type is not ListType.ATOMIC


def _without_self(fields: FieldSet) -> FieldSet:
    return {step: below for step, below in fields.items() if step != SELF}


def _put(into: FieldSet, step: str, fields: FieldSet) -> None:
    if fields:
        into[step] = fields
