"""Reading and building the parts that every object has.

An object is the JSON value that travels on the wire, as plain dictionaries, lists and scalars (`Json`): what a
client sent, what the store keeps and what a controller decides on are the same thing, with nothing to convert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

Json = dict[str, Any]

_NOTHING: Mapping[str, Any] = {}


def metadata(obj: Json) -> Json:
    """The object's metadata, made if it is missing, so that the caller can write into it."""
    found = obj.get("metadata")
    if found is None:
        found = obj["metadata"] = {}
    return found


def name_of(obj: Json) -> str:
    return str((obj.get("metadata") or _NOTHING).get("name") or "")


def namespace_of(obj: Json) -> str:
    return str((obj.get("metadata") or _NOTHING).get("namespace") or "")


def uid_of(obj: Json) -> str:
    return str((obj.get("metadata") or _NOTHING).get("uid") or "")


def resource_version_of(obj: Json) -> str:
    return str((obj.get("metadata") or _NOTHING).get("resourceVersion") or "")


def labels_of(obj: Json) -> dict[str, str]:
    return (obj.get("metadata") or _NOTHING).get("labels") or {}


def annotations_of(obj: Json) -> dict[str, str]:
    return (obj.get("metadata") or _NOTHING).get("annotations") or {}


def key_of(obj: Json) -> str:
    """``namespace/name``, or the name alone for what has no namespace."""
    return object_key(namespace_of(obj), name_of(obj))


def object_key(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name


def split_key(key: str) -> tuple[str, str]:
    """(namespace, name) of a key; the namespace is empty for what has none."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def is_deleting(obj: Json) -> bool:
    return bool((obj.get("metadata") or _NOTHING).get("deletionTimestamp"))


def controller_of(obj: Json) -> Json | None:
    """The owner reference that is marked as the managing controller, if there is one."""
    for reference in (obj.get("metadata") or _NOTHING).get("ownerReferences") or ():
        if reference.get("controller"):
            return dict(reference)
    return None


def controller_reference(owner: Json) -> Json:
    """The owner reference that a controller puts on what it makes for `owner`."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def object_reference(obj: Json, field_path: str = "") -> Json:
    """A reference to an object as events carry it."""
    reference = {
        "kind": obj.get("kind"),
        "namespace": namespace_of(obj),
        "name": name_of(obj),
        "uid": uid_of(obj),
        "apiVersion": obj.get("apiVersion"),
        "resourceVersion": resource_version_of(obj),
        "fieldPath": field_path,
    }
    return {field: value for field, value in reference.items() if value}


def condition_of(obj: Json, condition_type: str) -> Json | None:
    """The status condition of a type, if the object has it."""
    for condition in (obj.get("status") or _NOTHING).get("conditions") or ():
        if condition.get("type") == condition_type:
            return dict(condition)
    return None


def is_condition_true(obj: Json, condition_type: str) -> bool:
    condition = condition_of(obj, condition_type)
    return condition is not None and condition.get("status") == "True"


def set_condition(conditions: Iterable[Json], wanted: Json, now: str) -> list[Json]:
    """The conditions with `wanted` in its place; lastTransitionTime moves only when the status changes."""
    result = [dict(condition) for condition in conditions]
    for index, condition in enumerate(result):
        if condition.get("type") == wanted["type"]:
            same = condition.get("status") == wanted.get("status")
            kept = condition.get("lastTransitionTime") if same else None
            result[index] = {**condition, **wanted, "lastTransitionTime": kept or now}
            return result
    result.append({**wanted, "lastTransitionTime": now})
    return result


def deep_copy(value: Any) -> Any:
    """A copy of a JSON value that shares nothing mutable with it. About five times as fast as copy.deepcopy."""
    if type(value) is dict:
        return {key: deep_copy(item) if type(item) in _CONTAINERS else item for key, item in value.items()}
    if type(value) is list:
        return [deep_copy(item) if type(item) in _CONTAINERS else item for item in value]
    return value


_CONTAINERS = frozenset((dict, list))


def format_time(moment: datetime) -> str:
    """RFC 3339 to the second, as metav1.Time is written."""
    return moment.isoformat(timespec="seconds")[:19] + "Z"  # a fifth of what strftime costs


def format_micro_time(moment: datetime) -> str:
    """RFC 3339 to the microsecond, as metav1.MicroTime is written."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def parse_time(text: str) -> datetime:
    """A moment in UTC from RFC 3339 with any fraction. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment
