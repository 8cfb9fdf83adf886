"""Checking a custom resource's object against its schema, with Kubernetes' messages and paths.

Everything that is wrong is found. A failed ``oneOf`` or ``anyOf`` is told without a path, as Kubernetes does, and
with what is wrong with the alternative that came nearest.

An update may leave a value as it was, though the schema has become stricter: what equals the old value is not looked
into. Which value is the old one is told by names, in lists by their keys or, in sets, by the items themselves.

Counterparts: kube-openapi/pkg/validation/validate, apiextensions-apiserver's validation (ratcheting) and
apiserver/pkg/cel/common (CorrelatedObject).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.schema.formats import fits_format
from pybernetes.api.schema.pattern import compiled
from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.structural_lists import identity_of, validate_lists
from pybernetes.api.schema.structural_objects import validate_embedded

_NO_PATH = "<nil>"  # what Kubernetes prints where it has no path
_INTEGER_RANGES = {"int32": 2**31, "int64": 2**63}
_OF_EVERY_OBJECT = ("apiVersion", "kind", "metadata")
_NO_OLD: Any = object()  # there was no such value, or nobody can tell which it was


def validate_object(obj: Json, schema: Structural, errors: ErrorList, old: Json | None = None) -> None:
    """Check a whole object, and where it replaces another, what of it is new. Its metadata is checked elsewhere."""
    _Check(errors).fields(obj, schema, "", _NO_OLD if old is None else old, whole=True)
    validate_embedded(obj, schema, errors)
    validate_lists(obj, schema, errors, old)


def validate_value(value: Any, schema: Structural, path: str, errors: ErrorList) -> None:
    """Check a part of an object, or a default."""
    _Check(errors).value(value, schema, path)


def json_type_of(value: Any) -> str:
    """The type of a JSON value as OpenAPI calls it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _fits_type(value: Any, found: str, types: Sequence[str]) -> bool:
    if not types or found in types:
        return True
    return (found == "integer" and "number" in types) or (
        found == "number" and "integer" in types and float(value).is_integer()
    )


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


class _Check:
    def __init__(self, errors: ErrorList):
        self._errors = errors

    def value(self, value: Any, node: Structural, path: str, old: Any = _NO_OLD) -> None:
        """A value and everything in it, unless it is what it was."""
        if old is not _NO_OLD and _same(value, old):
            return
        if value is None and (node.nullable or not node.types):
            return
        found = json_type_of(value)
        if not _fits_type(value, found, node.types):
            detail = f'{path} in body must be of type {",".join(node.types)}: "{found}"'
            self._errors.type_invalid(path, found, detail)
            return
        self._alone(value, node, path)
        if isinstance(value, dict):
            self.fields(value, node, path, old, whole=node.embedded)
        elif isinstance(value, list):
            self._items(value, node, path, old)
        elif isinstance(value, str):
            self._text(value, node, path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._number(value, node, path)

    def _invalid(self, path: str, value: Any, detail: str) -> None:
        self._errors.invalid(path, value, f"{path} in body {detail}")

    def _alone(self, value: Any, node: Structural, path: str) -> None:
        if node.enum is not None and not any(_same(value, choice) for choice in node.enum):
            self._errors.not_supported(path, value, node.enum)
        if node.all_of or node.any_of or node.one_of or node.not_ is not None:
            self._logic(value, node, path)

    def _text(self, value: str, node: Structural, path: str) -> None:
        if node.max_length is not None and len(value) > node.max_length:
            self._errors.too_long(path, node.max_length)
        if node.min_length is not None and len(value) < node.min_length:
            self._invalid(path, value, f"should be at least {node.min_length} chars long")
        if node.pattern and not compiled(node.pattern).search(value):
            self._invalid(path, value, f"should match '{node.pattern}'")
        if node.format and not node.int_or_string and not fits_format(value, node.format):
            self._errors.invalid(path, value, f'{path} in body must be of type {node.format}: "{value}"')

    def _number(self, value: float, node: Structural, path: str) -> None:
        low, high = node.minimum, node.maximum
        if low is not None and (value <= low if node.exclusive_minimum else value < low):
            word = "greater than" if node.exclusive_minimum else "greater than or equal to"
            self._invalid(path, value, f"should be {word} {_number(low)}")
        if high is not None and (value >= high if node.exclusive_maximum else value > high):
            word = "less than" if node.exclusive_maximum else "less than or equal to"
            self._invalid(path, value, f"should be {word} {_number(high)}")
        if node.multiple_of and not (value / node.multiple_of).is_integer():
            self._invalid(path, value, f"should be a multiple of {_number(node.multiple_of)}")
        limit = _INTEGER_RANGES.get(node.format)
        if limit is not None and not -limit <= value < limit:
            detail = f"Checked value must be {node.format} with format {node.format}"
            self._errors.invalid(path, value, detail)

    def _items(self, value: list[Any], node: Structural, path: str, old: Any) -> None:
        if node.max_items is not None and len(value) > node.max_items:
            self._errors.too_many(path, len(value), node.max_items)
        if node.min_items is not None and len(value) < node.min_items:
            self._invalid(path, value, f"should have at least {node.min_items} items")
        if node.items is not None:
            before = _Before(old, node)
            for index, item in enumerate(value):
                self.value(item, node.items, f"{path}[{index}]", before.of(item))

    def fields(self, value: Json, node: Structural, path: str, old: Any, *, whole: bool) -> None:
        """The fields of an object; `whole` for one that has a type and metadata of its own."""
        if node.max_properties is not None and len(value) > node.max_properties:
            self._errors.too_many(path, len(value), node.max_properties)
        if node.min_properties is not None and len(value) < node.min_properties:
            self._invalid(path, value, f"should have at least {node.min_properties} properties")
        for name in node.required:
            if name not in value:
                self._errors.required(f"{path}.{name}" if path else name)
        if whole and not path:
            self._alone(value, node, path)
        before: Json = old if isinstance(old, dict) else {}
        for name, item in value.items():
            part = node.properties.get(name)
            if part is None and not (whole and name in _OF_EVERY_OBJECT):
                part = node.additional
            if part is not None and not (whole and name == "metadata" and not path):
                self.value(item, part, f"{path}.{name}" if path else name, before.get(name, _NO_OLD))

    def _logic(self, value: Any, node: Structural, path: str) -> None:
        if node.any_of:
            tried = self._try(value, node.any_of, path)
            if all(tried):
                self._logical(f'"{path}" must validate at least one schema (anyOf)', _nearest(tried))
        if node.one_of:
            tried = self._try(value, node.one_of, path)
            valid = sum(not failures for failures in tried)
            if valid != 1:
                found = f"Found {valid} valid alternatives" if valid else "Found none valid"
                message = f'"{path}" must validate one and only one schema (oneOf). {found}'
                self._logical(message, [] if valid else _nearest(tried))
        if node.all_of:
            tried = self._try(value, node.all_of, path)
            failures = [failure for one in tried for failure in one]
            if failures:
                none = "" if any(not one for one in tried) else ". None validated"
                self._logical(f'"{path}" must validate all the schemas (allOf){none}', failures)
        if node.not_ is not None and not self._try(value, (node.not_,), path)[0]:
            self._logical(f'"{path}" must not validate the schema (not)', [])

    def _try(self, value: Any, nodes: Sequence[Structural], path: str) -> list[list[dict[str, Any]]]:
        """What each of the nodes finds wrong."""
        tried = []
        for node in nodes:
            errors = ErrorList()
            _Check(errors).value(value, node, path)
            tried.append(errors.causes)
        return tried

    def _logical(self, message: str, failures: Sequence[dict[str, Any]]) -> None:
        self._errors.invalid(_NO_PATH, "", message)
        for failure in failures:
            self._errors.add(failure["reason"], failure["field"], failure["message"])


class _Before:
    """The items of a list as they were, where they can be told apart."""

    def __init__(self, old: Any, node: Structural):
        self._keys = node.list_keys if node.list_type == "map" else ()
        self._items: dict[bytes, Any] = {}
        if isinstance(old, list) and node.list_type in ("map", "set"):
            self._items = {identity_of(item, self._keys): item for item in old if self._has_identity(item)}

    def _has_identity(self, item: Any) -> bool:
        return not self._keys or isinstance(item, dict)

    def of(self, item: Any) -> Any:
        """What an item was."""
        if not self._items or not self._has_identity(item):
            return _NO_OLD
        return self._items.get(identity_of(item, self._keys), _NO_OLD)


def _nearest(tried: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return min(tried, key=len)


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if type(one) is not type(other) and not (isinstance(one, float) and isinstance(other, int)):
        return isinstance(one, int) and isinstance(other, float) and not isinstance(one, bool) and one == other
    if isinstance(one, dict):
        return len(one) == len(other) and all(name in other and _same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
