"""Strategic merge patch: like a merge patch, but lists merge by key where the kind's shape says so.

Directives in a patch:
- ``$patch: replace | delete`` in an object: use the rest of it instead of merging, or empty it; in an item of a
  list that merges by key: replace the whole list, or delete the item
- ``$deleteFromPrimitiveList/x``: values to take out of the list x
- ``$setElementOrder/x``: the order that the listed items of x shall have; items only the server has keep their
  places among them as well as they can
- ``$retainKeys``: fields of this object that stay; all others go

The result shares parts with the original, and changes neither it nor the patch.

Counterpart: apimachinery/pkg/util/strategicpatch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pybernetes.api.object import Json
from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.go_text import go_kind, go_text
from pybernetes.api.schema.tree import ListOf, MapOf, Node, Struct

DIRECTIVE = "$patch"
RETAIN_KEYS = "$retainKeys"
DELETE_PREFIX = "$deleteFromPrimitiveList/"
ORDER_PREFIX = "$setElementOrder/"


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a field is patched: the node within it, and whether it merges (by `key`, for a list of objects)."""

    node: Node | None = None
    merge: bool = False
    key: str = ""
    retain_keys: bool = False


_REPLACE = Strategy()


def strategy_of(node: Node | None, name: str) -> Strategy:
    """How the field `name` of an object of this shape is patched. What the shape does not know is replaced."""
    if isinstance(node, MapOf):
        return Strategy(node.values, merge=True)
    field = node.fields.get(name) if isinstance(node, Struct) else None
    if field is None:
        return _REPLACE
    if isinstance(field.node, ListOf):
        return Strategy(field.node.items, field.merge, field.merge_key, field.retain_keys)
    if isinstance(field.node, Struct | MapOf):
        return Strategy(field.node, merge=not field.replace, retain_keys=field.retain_keys)
    return _REPLACE


def apply_strategic_merge(original: Json, patch: Json, struct: Struct) -> Json:
    """The original with the patch merged into it. Raises `PatchError`."""
    return _merge_object(original, patch, struct)


def _merge_object(original: Json, patch: Json, node: Node | None) -> Json:
    if DIRECTIVE in patch:
        return _directed(patch)
    result = dict(original)
    if RETAIN_KEYS in patch:
        _retain_keys(result, patch)
    ordered = _merge_ordered_lists(result, patch, node)
    for name, value in patch.items():
        if name == RETAIN_KEYS or name in ordered or name.startswith(ORDER_PREFIX):
            continue
        if name.startswith(DELETE_PREFIX):
            _delete_scalars(result, name.removeprefix(DELETE_PREFIX), value)
        elif value is None:
            result.pop(name, None)
        elif name not in result:
            result[name] = without_directives(value)
        else:
            result[name] = _merge_value(result[name], value, strategy_of(node, name))
    return result


def _directed(patch: Json) -> Json:
    directive = patch[DIRECTIVE]
    if directive == "replace":
        return {name: without_directives(value) for name, value in patch.items() if name != DIRECTIVE}
    if directive == "delete":
        return {}
    raise PatchError(f"unknown patch type: {directive} in map: {go_text(patch)}", 500)


def _merge_value(original: Any, value: Any, strategy: Strategy) -> Any:
    if strategy.merge and isinstance(original, dict) and isinstance(value, dict):
        return _merge_object(original, value, strategy.node)
    if strategy.merge and isinstance(original, list) and isinstance(value, list):
        return _merge_list(original, value, strategy)
    return without_directives(value)


def without_directives(value: Any) -> Any:
    """What a patch puts where nothing was: a copy without directives, nulls and items that it only deletes."""
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if item is not None and not name.startswith("$")}
        return {name: without_directives(item) for name, item in kept.items()}
    if isinstance(value, list):
        kept_items = [item for item in value if not (isinstance(item, dict) and item.get(DIRECTIVE) is not None)]
        return [without_directives(item) for item in kept_items]
    return value


def _retain_keys(result: Json, patch: Json) -> None:
    retained = patch[RETAIN_KEYS]
    if not isinstance(retained, list):
        raise PatchError("invalid patch format of retainKeys", 400)
    for name, value in patch.items():
        if value is not None and not name.startswith("$") and name not in retained:
            raise PatchError("invalid patch format of retainKeys", 400)
    for name in [name for name in result if name not in retained]:
        del result[name]


def _delete_scalars(result: Json, name: str, values: Any) -> None:
    if isinstance(values, list) and isinstance(result.get(name), list):
        result[name] = [item for item in result[name] if item not in values]


def _merge_ordered_lists(result: Json, patch: Json, node: Node | None) -> set[str]:
    """Merge the lists that the patch gives an order, and return their names: they are done."""
    done = set()
    for directive, order in patch.items():
        if not directive.startswith(ORDER_PREFIX):
            continue
        name = directive.removeprefix(ORDER_PREFIX)
        if not isinstance(order, list):
            raise PatchError(f"expected a []interface {{}}, but received a {go_kind(order)}", 500)
        current, changes = _list_at(result, name), _list_at(patch, name)
        done.add(name)
        if current is None and changes is None:
            continue
        strategy = strategy_of(node, name)
        _check_order(changes or [], order, strategy.key)
        current = _without_deleted(current, patch.get(DELETE_PREFIX + name))
        if changes is None:
            merged = current or []
        elif current is None:
            merged = without_directives(changes)
        else:
            merged = _merge_value(current, changes, strategy)
        result[name] = _in_order(merged, order, current or [], strategy.key)
    return done


def _list_at(holder: Json, name: str) -> list[Any] | None:
    value = holder.get(name)
    if value is not None and not isinstance(value, list):
        raise PatchError(f"expected a []interface {{}}, but received a {go_kind(value)}", 500)
    return value


def _without_deleted(current: list[Any] | None, deleted: Any) -> list[Any] | None:
    if current is None or not isinstance(deleted, list):
        return current
    return [item for item in current if item not in deleted]


def _check_order(changes: list[Any], order: list[Any], key: str) -> None:
    """What the patch sets in a list must be among what it orders, in that order."""
    if not order:
        return
    positions = iter(order)
    for item in changes:
        if isinstance(item, dict) and DIRECTIVE in item:
            continue
        wanted = merge_key_of(item, key)
        if not any(merge_key_of(entry, key) == wanted for entry in positions):
            raise PatchError(
                f"The order in patch list:\n{go_text(changes)}\n doesn't match $setElementOrder list:\n"
                f"{go_text(order)}\n",
                500,
            )


def merge_key_of(item: Any, key: str) -> Any:
    """What tells the items of a merging list apart: the merge key's value, or a scalar itself.

    A merge key that is no scalar is left for the decoder to refuse; here it is only told from others, by its text.
    """
    if not key:
        return item
    if not isinstance(item, dict):
        raise PatchError(f"expected a map[string]interface {{}}, but received a {go_kind(item)}", 500)
    if key not in item:
        raise PatchError(f"map: {go_text(item)} does not contain declared merge key: {key}", 500)
    value = item[key]
    return repr(value) if isinstance(value, dict | list) else value


def _merge_list(original: list[Any], patch: list[Any], strategy: Strategy) -> list[Any]:
    _check_elements(original, patch)
    if not any(isinstance(item, dict) for item in (*original, *patch)):
        merged = list(dict.fromkeys([*original, *patch]))
        return _in_order(merged, patch, original, "")
    if not strategy.key:
        raise PatchError("cannot merge lists without merge key", 500)
    kept, changes = _apply_list_directives(original, patch, strategy.key)
    merged = _merge_items(kept, changes, strategy)
    return _in_order(merged, changes, kept, strategy.key)


def _check_elements(*lists: list[Any]) -> None:
    items = [item for items in lists for item in items]
    if items and isinstance(items[0], list):
        raise PatchError("lists of lists are not supported")
    if len({go_kind(item) for item in items}) > 1:
        raise PatchError(f"list element types are not identical: {go_text(list(lists))}", 500)


def _apply_list_directives(original: list[Any], patch: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """The items to merge into, and those to merge."""
    kept, changes, replace = original, [], False
    for item in patch:
        directive = item.get(DIRECTIVE)
        if directive is None:
            changes.append(item)
        elif directive == "delete":
            gone = merge_key_of(item, key)
            kept = [entry for entry in kept if merge_key_of(entry, key) != gone]
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise PatchError("merging lists cannot yet be specified in the patch", 500)
        else:
            raise PatchError(f"unknown patch type: {directive} in map: {go_text(item)}", 500)
    return ([], changes) if replace else (kept, changes)


def _merge_items(kept: list[Any], changes: list[Any], strategy: Strategy) -> list[Any]:
    merged = list(kept)
    places = {merge_key_of(item, strategy.key): index for index, item in reversed(list(enumerate(merged)))}
    for item in changes:
        value = merge_key_of(item, strategy.key)
        place = places.get(value)
        if place is None:
            places[value] = len(merged)
            merged.append({strategy.key: item[strategy.key], **without_directives(item)})
        else:
            merged[place] = _merge_object(merged[place], item, strategy.node)
    return merged


def _in_order(merged: list[Any], order: Sequence[Any], current: Sequence[Any], key: str) -> list[Any]:
    """The merged items: those of the patch in its order, the others before the first one that they preceded."""
    wanted = _places(order, key)
    was = _places(current, key)
    listed = [item for item in merged if merge_key_of(item, key) in wanted]
    others = [item for item in merged if merge_key_of(item, key) not in wanted]
    listed.sort(key=lambda item: wanted[merge_key_of(item, key)])
    others.sort(key=lambda item: was.get(merge_key_of(item, key), len(was)))
    result, position = [], 0
    for item in listed:
        place = was.get(merge_key_of(item, key))
        while position < len(others) and place is not None and _was_before(others[position], place, was, key):
            result.append(others[position])
            position += 1
        result.append(item)
    return result + others[position:]


def _was_before(item: Any, place: int, was: dict[Any, int], key: str) -> bool:
    before = was.get(merge_key_of(item, key))
    return before is not None and before < place


def _places(items: Sequence[Any], key: str) -> dict[Any, int]:
    places: dict[Any, int] = {}
    for index, item in enumerate(items):
        places.setdefault(merge_key_of(item, key), index)
    return places
