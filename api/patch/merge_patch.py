"""JSON merge patch (RFC 7396): an object laid over another; null removes.

`create_merge_patch` is the three-way form that a client-side apply sends for kinds without a known shape.
Counterparts: evanphx/json-patch (MergePatch) and apimachinery/pkg/util/jsonmergepatch.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json, deep_copy


def apply_merge_patch(target: Any, patch: Any) -> Any:
    """The target with the patch laid over it. Lists and scalars replace; neither argument is changed.

    Nulls are dropped from objects within a list too, unless it comes in place of an object.
    """
    if not isinstance(patch, dict):
        return deep_copy(patch) if isinstance(target, dict) else _without_nulls(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = apply_merge_patch(result.get(key), value)
    return result


def _without_nulls(value: Any) -> Any:
    """A copy of the value without the fields that are null; items of lists that are null stay."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def create_two_way_merge_patch(original: Json, modified: Json) -> Json:
    """The least patch that makes `modified` out of `original`."""
    patch: Json = {key: None for key in original if key not in modified}
    for key, wanted in modified.items():
        current = original.get(key)
        if isinstance(wanted, dict) and isinstance(current, dict):
            inner = create_two_way_merge_patch(current, wanted)
            if inner:
                patch[key] = inner
        elif key not in original or not same(wanted, current):
            patch[key] = deep_copy(wanted)
    return patch


def create_merge_patch(original: Json, modified: Json, current: Json) -> Json:
    """The patch that a client-side apply sends: three-way, by JSON merge.

    `original` is what was applied last, `modified` what shall be, `current` what is. Fields of `modified` are set
    where they differ, fields that only `original` has are removed, all else is left to whoever set it.
    """
    patch: Json = {key: None for key in original if key not in modified and key in current}
    for key, wanted in modified.items():
        if wanted is None:
            if key in current:
                patch[key] = None
            continue
        is_now = current.get(key)
        if isinstance(wanted, dict) and isinstance(is_now, dict):
            was = original.get(key)
            inner = create_merge_patch(was if isinstance(was, dict) else {}, wanted, is_now)
            if inner:
                patch[key] = inner
        elif key not in current or not same(wanted, is_now):
            patch[key] = deep_copy(wanted)
    return patch


def same(one: Any, other: Any) -> bool:
    """Equal as JSON values: true is not 1, though 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)
