"""The strategic merge patch that a client-side apply sends.

Made of three objects: what was applied last (`original`), what shall be (`modified`) and what is (`current`). What
`modified` has is set where `current` differs; what only `original` has is removed; what neither knows is left to
whoever set it. Lists that merge are compared item by item in the same way, and their order is stated.

Counterpart: strategicpatch.CreateThreeWayMergePatch.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.patch.merge_patch import same
from pybernetes.api.patch.strategic_merge import (
    DELETE_PREFIX,
    DIRECTIVE,
    ORDER_PREFIX,
    RETAIN_KEYS,
    Strategy,
    merge_key_of,
    strategy_of,
)
from pybernetes.api.schema.tree import Node, Struct


def create_strategic_patch(original: Json, modified: Json, current: Json, struct: Struct) -> Json:
    """The patch; empty when nothing has to change. Raises `PatchError` when an item lacks its merge key."""
    return _object_patch(original, modified, current, struct, retain_keys=False)


def create_two_way_strategic_patch(original: Json, modified: Json, struct: Struct) -> Json:
    """The patch that makes `modified` out of `original`."""
    return create_strategic_patch(original, modified, original, struct)


def _object_patch(original: Json, modified: Json, current: Json, node: Node | None, *, retain_keys: bool) -> Json:
    patch: Json = {}
    for name, wanted in modified.items():
        if name not in current:
            if wanted is not None:
                patch[name] = deep_copy(wanted)
            continue
        _field_patch(patch, name, original.get(name), wanted, current[name], strategy_of(node, name))
    for name in original:
        if name not in modified and name in current:
            patch[name] = None
    kept = sorted(name for name, value in modified.items() if value is not None)
    if retain_keys and kept and (patch or any(name not in modified for name in current)):
        patch[RETAIN_KEYS] = kept
    return patch


def _field_patch(patch: Json, name: str, was: Any, wanted: Any, is_now: Any, strategy: Strategy) -> None:
    """Put into `patch` what changes one field that is there."""
    if strategy.merge and isinstance(wanted, dict) and isinstance(is_now, dict):
        before = was if isinstance(was, dict) else {}
        inner = _object_patch(before, wanted, is_now, strategy.node, retain_keys=strategy.retain_keys)
        if inner:
            patch[name] = inner
    elif strategy.merge and isinstance(wanted, list) and isinstance(is_now, list):
        before_list = was if isinstance(was, list) else []
        if any(isinstance(item, dict) for item in (*wanted, *is_now, *before_list)):
            _list_patch(patch, name, before_list, wanted, is_now, strategy)
        else:
            _scalars_patch(patch, name, before_list, wanted, is_now)
    elif not same(wanted, is_now):
        patch[name] = deep_copy(wanted)


def _list_patch(
    patch: Json, name: str, was: list[Any], wanted: list[Any], is_now: list[Any], strategy: Strategy
) -> None:
    key = strategy.key
    before = {merge_key_of(item, key): item for item in was}
    now = {merge_key_of(item, key): item for item in is_now}
    listed = [merge_key_of(item, key) for item in wanted]
    changes = []
    for item, value in zip(wanted, listed, strict=True):
        if value not in now:
            changes.append(deep_copy(item))
            continue
        change = _object_patch(before.get(value, {}), item, now[value], strategy.node, retain_keys=strategy.retain_keys)
        if change:
            changes.append({**change, key: value})
    gone = sorted((value for value in before if value not in listed and value in now), key=str)
    changes += [{DIRECTIVE: "delete", key: value} for value in gone]
    if changes:
        patch[name] = changes
    if changes or not _in_wanted_order(listed, list(now)):
        patch[ORDER_PREFIX + name] = [{key: value} for value in listed]


def _scalars_patch(patch: Json, name: str, was: list[Any], wanted: list[Any], is_now: list[Any]) -> None:
    added = [item for item in wanted if item not in is_now]
    gone = [item for item in was if item not in wanted and item in is_now]
    if added:
        patch[name] = added
    if gone:
        patch[DELETE_PREFIX + name] = gone
    if added or gone or not _in_wanted_order(wanted, is_now):
        patch[ORDER_PREFIX + name] = list(wanted)


def _in_wanted_order(wanted: list[Any], is_now: list[Any]) -> bool:
    """Whether what is wanted stands in that order already, whatever stands between."""
    return [value for value in is_now if value in wanted] == list(dict.fromkeys(wanted))
