"""What makes a schema structural: every part of an object has a type, and what only restricts values (below ``allOf``
and the like) adds no structure.

Counterpart: apiextensions-apiserver/pkg/apiserver/schema/validation.go and complete.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.schema.pattern import PatternError, compiled

OPERATORS = ("allOf", "anyOf", "oneOf")
_INTEGER_OR_STRING = [{"type": "integer"}, {"type": "string"}]
_METADATA_FIELDS = ("name", "generateName")
# What says how an object is built, and so may not stand where only values are restricted.
_MUST_BE_EMPTY = ("type", "title", "description", "x-kubernetes-list-map-keys", "x-kubernetes-validations")
_MUST_BE_UNDEFINED = (
    "additionalProperties",
    "default",
    "externalDocs",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
)
_MUST_BE_FALSE = (
    "nullable",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
)


class _Place(Enum):
    """Where a part of the object is. The value says that it has no type."""

    ROOT = "must not be empty at the root"
    ITEM = "must not be empty for specified array items"
    FIELD = "must not be empty for specified object fields"


def validate_structural(schema: Json, path: str, errors: ErrorList) -> None:
    """Everything that keeps a schema from being structural, in the order of the texts."""
    found = ErrorList()
    _part(schema, path, found, _Place.ROOT)
    _complete(schema, schema, path, path, found)
    for cause in sorted(found.causes, key=lambda cause: f"{cause['field']}: {cause['message']}"):
        errors.add(cause["reason"], cause["field"], cause["message"])


def _part(schema: Json, path: str, errors: ErrorList, place: _Place) -> None:
    """A node that describes a part of the object."""
    items, free = schema.get("items"), schema.get("additionalProperties")
    if isinstance(items, dict):
        _part(items, f"{path}.items", errors, _Place.ITEM)
    elif items is None and schema.get("type") == "array":
        errors.required(f"{path}.items", "must be specified")
    for name, part in (schema.get("properties") or {}).items():
        _part(part, f"{path}.properties[{name}]", errors, _Place.FIELD)
    if free is not None and place is _Place.ROOT:
        errors.forbidden(f"{path}.additionalProperties", "must not be used at the root")
    if isinstance(free, dict):
        _part(free, f"{path}.additionalProperties", errors, _Place.FIELD)
    _integer_or_string(schema, path, errors)
    _type(schema, path, errors, place)
    skipped_any, skipped_all = _integer_or_string_pattern(schema)
    _values(schema, path, errors, skip_any=skipped_any, skip_first_all=skipped_all)
    _type_fields(schema, path, errors, place)
    if schema.get("x-kubernetes-embedded-resource"):
        _embedded(schema, path, errors)


def _integer_or_string(schema: Json, path: str, errors: ErrorList) -> None:
    if not schema.get("x-kubernetes-int-or-string"):
        return
    for other in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
        if schema.get(other):
            errors.invalid(f"{path}.{other}", True, "must be false if x-kubernetes-int-or-string is true")


def _type(schema: Json, path: str, errors: ErrorList, place: _Place) -> None:
    kind = schema.get("type") or ""
    if schema.get("x-kubernetes-embedded-resource") and kind != "object":
        detail = "must be object if x-kubernetes-embedded-resource is true"
        if kind:
            errors.invalid(f"{path}.type", kind, detail)
        else:
            errors.required(f"{path}.type", detail)
    elif not kind and not (
        schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    ):
        errors.required(f"{path}.type", place.value)
    if place is _Place.ROOT and kind and kind != "object":
        errors.invalid(f"{path}.type", kind, "must be object at the root")


def _embedded(schema: Json, path: str, errors: ErrorList) -> None:
    if schema.get("additionalProperties") is not None:
        errors.forbidden(f"{path}.additionalProperties", "must not be used if x-kubernetes-embedded-resource is set")
    if not schema.get("x-kubernetes-preserve-unknown-fields") and not schema.get("properties"):
        errors.required(
            f"{path}.properties",
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
        )


def _type_fields(schema: Json, path: str, errors: ErrorList, place: _Place) -> None:
    """The fields of every object are what they are; at the root, a schema may only restrict the name."""
    fields = schema.get("properties") or {}
    checked = place is _Place.ROOT or schema.get("x-kubernetes-embedded-resource")
    for name in ("kind", "apiVersion"):
        kind = (fields.get(name) or {}).get("type") or ""
        if checked and name in fields and kind != "string":
            errors.invalid(f"{path}.properties[{name}].type", kind, "must be string")
    if "metadata" not in fields:
        return
    metadata, at = fields["metadata"], f"{path}.properties[metadata]"
    if checked and metadata.get("type") != "object":
        errors.invalid(f"{at}.type", metadata.get("type") or "", "must be object")
    others = [name for name, value in metadata.items() if value and name not in ("type", "default", "properties")]
    unknown = [name for name in metadata.get("properties") or {} if name not in _METADATA_FIELDS]
    if place is _Place.ROOT and (others or unknown):
        detail = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        errors.forbidden(at, detail)


def _integer_or_string_pattern(schema: Json) -> tuple[bool, bool]:
    """Whether ``anyOf``, or that of the first ``allOf``, is the one way in which it may name types."""
    first = (schema.get("allOf") or [{}])[0]
    return schema.get("anyOf") == _INTEGER_OR_STRING, first.get("anyOf") == _INTEGER_OR_STRING


def _values(
    schema: Json, path: str, errors: ErrorList, *, skip_any: bool = False, skip_first_all: bool = False
) -> None:
    """What restricts the values of a node."""
    for operator in OPERATORS:
        if operator == "anyOf" and skip_any:
            continue
        for index, part in enumerate(schema.get(operator) or ()):
            skipped = operator == "allOf" and index == 0 and skip_first_all
            _nested(part, f"{path}.{operator}[{index}]", errors, skip_any=skipped)
    if isinstance(schema.get("not"), dict):
        _nested(schema["not"], f"{path}.not", errors)
    if schema.get("pattern"):
        try:
            compiled(schema["pattern"])
        except PatternError as error:
            detail = f"must be a valid regular expression, but isn't: {error}"
            errors.invalid(f"{path}.pattern", schema["pattern"], detail)


def _nested(schema: Json, path: str, errors: ErrorList, *, skip_any: bool = False) -> None:
    """A node that only restricts values."""
    _values(schema, path, errors, skip_any=skip_any)
    if isinstance(schema.get("items"), dict):
        _nested(schema["items"], f"{path}.items", errors)
    for name, part in (schema.get("properties") or {}).items():
        _nested(part, f"{path}.properties[{name}]", errors)
    for field in _MUST_BE_EMPTY:
        if schema.get(field):
            errors.forbidden(f"{path}.{field}", "must be empty to be structural")
    for field in _MUST_BE_UNDEFINED:
        if schema.get(field) is not None:
            errors.forbidden(f"{path}.{field}", "must be undefined to be structural")
    for field in _MUST_BE_FALSE:
        if schema.get(field):
            errors.forbidden(f"{path}.{field}", "must be false to be structural")
    if "metadata" in (schema.get("properties") or {}):
        errors.forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context")


def _complete(values: Json, part: Json, path: str, values_path: str, errors: ErrorList) -> None:
    """What is restricted must be described: `part` is the node that describes what `values` restricts."""
    for inner, at in _restrictions(values, values_path):
        _complete_nested(inner, part, path, at, errors)


def _complete_nested(values: Json, part: Json | None, path: str, values_path: str, errors: ErrorList) -> None:
    if part is None:
        errors.required(path, f"because it is defined in {values_path}")
        return
    _complete(values, part, path, values_path, errors)
    items, fields = part.get("items"), part.get("properties") or {}
    if isinstance(values.get("items"), dict):
        described = items if isinstance(items, dict) else None
        _complete_nested(values["items"], described, f"{path}.items", f"{values_path}.items", errors)
    for name, field in (values.get("properties") or {}).items():
        below = f"properties[{name}]"
        _complete_nested(field, fields.get(name), f"{path}.{below}", f"{values_path}.{below}", errors)


def _restrictions(values: Json, path: str) -> Iterator[tuple[Json, str]]:
    for operator in OPERATORS:
        for index, part in enumerate(values.get(operator) or ()):
            yield part, f"{path}.{operator}[{index}]"
    if isinstance(values.get("not"), dict):
        yield values["not"], f"{path}.not"
