"""Whole objects within a custom resource: they have a version, a kind, and metadata that is metadata.

Counterpart: apiextensions-apiserver/pkg/apiserver/schema/objectmeta.
"""

from __future__ import annotations

from typing import Any

from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_inner_metadata
from pybernetes.api.names import dns_label_1035
from pybernetes.api.object import Json
from pybernetes.api.schema.structural import Structural

_EMPTY = "must not be empty"


def validate_embedded(value: Any, node: Structural, errors: ErrorList, path: str = "") -> None:
    """Check every object within a value, and not the value itself."""
    if not node.holds_objects:
        return
    if isinstance(value, dict):
        if node.embedded and path:
            _validate_object(value, path, errors)
        for name, item in value.items():
            part = node.properties.get(name) or node.additional
            if part is not None:
                validate_embedded(item, part, errors, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and node.items is not None:
        for index, item in enumerate(value):
            validate_embedded(item, node.items, errors, f"{path}[{index}]")


def _validate_object(obj: Json, path: str, errors: ErrorList) -> None:
    for name, check in (("apiVersion", _wrong_version), ("kind", _wrong_kind)):
        at = f"{path}.{name}"
        if name not in obj:
            errors.required(at, _EMPTY)
        elif not isinstance(obj[name], str):
            errors.invalid(at, obj[name], "must be a string")
        else:
            wrong = check(obj[name]) if obj[name] else _EMPTY
            if wrong:
                errors.invalid(at, obj[name], wrong)
    if isinstance(obj.get("metadata"), dict):
        validate_inner_metadata(obj["metadata"], f"{path}.metadata", errors)


def _wrong_version(api_version: str) -> str:
    return f"unexpected GroupVersion string: {api_version}" if api_version.count("/") > 1 else ""


def _wrong_kind(kind: str) -> str:
    wrong = dns_label_1035(kind.lower())
    return f"may have mixed case, but should otherwise match: {','.join(wrong)}" if wrong else ""
