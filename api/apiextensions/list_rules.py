"""The rules on how a list is merged: ``x-kubernetes-list-type`` and the keys of its items.

Counterpart: apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

_LIST_TYPES = ("atomic", "set", "map")
_KEYS = "x-kubernetes-list-map-keys"
_NOT_NULLABLE_KEY = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"
_NEEDED_KEY = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"


def validate_list(schema: Json, path: str, errors: ErrorList) -> None:
    """What a node says of the list that it describes, if it is one."""
    kind, list_type = schema.get("type") or "", schema.get("x-kubernetes-list-type")
    if list_type is not None:
        if not kind:
            errors.required(f"{path}.type", "must be array if x-kubernetes-list-type is specified")
        elif kind != "array":
            errors.invalid(f"{path}.type", kind, "must be array if x-kubernetes-list-type is specified")
        if list_type not in _LIST_TYPES:
            errors.not_supported(f"{path}.x-kubernetes-list-type", list_type, _LIST_TYPES)
    if list_type == "set":
        _validate_set(schema, path, errors)
    if schema.get(_KEYS) and list_type != "map":
        detail = f"must be map if {_KEYS} is non-empty"
        if list_type is None:
            errors.required(f"{path}.x-kubernetes-list-type", detail)
        else:
            errors.invalid(f"{path}.x-kubernetes-list-type", list_type, detail)
    if list_type == "map":
        _validate_map(schema, path, errors)
    items = schema.get("items")
    if list_type in ("set", "map") and isinstance(items, dict) and items.get("nullable"):
        errors.forbidden(f"{path}.items.nullable", f"cannot be nullable when x-kubernetes-list-type is {list_type}")


def _validate_set(schema: Json, path: str, errors: ErrorList) -> None:
    """The items of a set are compared as wholes."""
    items, detail = schema.get("items"), "must be atomic as item of a list with x-kubernetes-list-type=set"
    if not isinstance(items, dict):
        return
    inner = items.get("x-kubernetes-list-type")
    if items.get("type") == "array" and inner not in (None, "atomic"):
        errors.invalid(f"{path}.items.x-kubernetes-list-type", inner, detail)
    if items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
        errors.invalid(f"{path}.items.x-kubernetes-map-type", inner, detail)


def _validate_map(schema: Json, path: str, errors: ErrorList) -> None:
    keys: list[str] = list(schema.get(_KEYS) or ())
    items = schema.get("items")
    if not keys:
        errors.required(f"{path}.{_KEYS}", "must not be empty if x-kubernetes-list-type is map")
    if not isinstance(items, dict):
        errors.required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map")
        return
    if items.get("type") != "object":
        detail = "must be object if parent array's x-kubernetes-list-type is map"
        errors.invalid(f"{path}.items.type", items.get("type") or "", detail)
    fields = items.get("properties") or {}
    for key in keys:
        if key not in fields:
            errors.invalid(f"{path}.{_KEYS}", keys, "entries must all be names of item properties")
        elif fields[key].get("type") in ("array", "object"):
            detail = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            errors.invalid(f"{path}.items.properties[{key}].type", fields[key]["type"], detail)
    if len(set(keys)) != len(keys):
        errors.invalid(f"{path}.{_KEYS}", keys, "must not contain duplicate entries")
    for key in keys:
        if key not in fields:
            continue
        if key not in (items.get("required") or ()) and "default" not in fields[key]:
            errors.required(f"{path}.items.properties[{key}].default", _NEEDED_KEY)
        if fields[key].get("nullable"):
            errors.forbidden(f"{path}.items.properties[{key}].nullable", _NOT_NULLABLE_KEY)
