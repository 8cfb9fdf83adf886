"""What of OpenAPI a schema may use, and what Kubernetes' own words in it go together with.

Parts are looked at before the whole.

Counterpart: apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pybernetes.api.apiextensions.list_rules import validate_list
from pybernetes.api.apiextensions.rule_form import validate_rule
from pybernetes.api.apiextensions.structural_rules import OPERATORS
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_NOT_SUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_TYPE_FIELDS = ("metadata", "apiVersion", "kind")
_QUADRATIC = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"


@dataclass(frozen=True, slots=True)
class _Place:
    """What the place of a node forbids: `no_default` says why it may have no default."""

    is_root: bool = False
    inside_metadata: bool = False
    no_default: str = ""


def validate_openapi(schema: Json, path: str, errors: ErrorList) -> None:
    """Every rule on a schema that is not about its structure."""
    _node(schema, path, errors, _Place(is_root=True))


def _node(schema: Json, path: str, errors: ErrorList, place: _Place) -> None:
    _parts(schema, path, errors, place)
    _words(schema, path, errors, place)
    _extensions(schema, path, errors, place)
    validate_list(schema, path, errors)
    for index, rule in enumerate(schema.get("x-kubernetes-validations") or ()):
        validate_rule(rule, schema, f"{path}.x-kubernetes-validations[{index}]", errors)


def _parts(schema: Json, path: str, errors: ErrorList, place: _Place) -> None:
    inner = replace(place, is_root=False)
    free = schema.get("additionalProperties")
    if isinstance(free, dict):
        below = inner
        if place.inside_metadata:
            below = replace(inner, no_default="inside additionalProperties applying to object metadata")
        _node(free, f"{path}.additionalProperties", errors, below)
    for name, part in (schema.get("properties") or {}).items():
        below = inner
        if name in _TYPE_FIELDS and (place.is_root or schema.get("x-kubernetes-embedded-resource")):
            below = replace(inner, inside_metadata=name == "metadata")
            if place.is_root:
                below = replace(below, no_default=f"in top-level {name}")
        _node(part, f"{path}.properties[{name}]", errors, below)
    if isinstance(schema.get("not"), dict):
        _node(schema["not"], f"{path}.not", errors, inner)
    for operator in OPERATORS:
        for index, part in enumerate(schema.get(operator) or ()):
            _node(part, f"{path}.{operator}[{index}]", errors, inner)
    for name, part in (schema.get("definitions") or {}).items():
        _node(part, f"{path}.definitions[{name}]", errors, inner)
    if isinstance(schema.get("items"), dict):
        _node(schema["items"], f"{path}.items", errors, inner)


def _words(schema: Json, path: str, errors: ErrorList, place: _Place) -> None:
    kind, free = schema.get("type") or "", schema.get("additionalProperties")
    if kind == "null":
        errors.forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative")
    elif kind and kind not in _TYPES:
        errors.not_supported(f"{path}.type", kind, _TYPES)
    if place.is_root and "default" in schema:
        errors.forbidden(f"{path}.default", "must be undefined at the root")
    elif place.no_default and "default" in schema:
        errors.forbidden(f"{path}.default", f"must not be set {place.no_default}")
    for word in _NOT_SUPPORTED:
        if schema.get(word):
            errors.forbidden(f"{path}.{word}", f"{word} is not supported")
    if isinstance(schema.get("items"), list):
        errors.forbidden(f"{path}.items", "items must be a schema object and not an array")
    if schema.get("uniqueItems"):
        errors.forbidden(f"{path}.uniqueItems", _QUADRATIC)
    if free is not None and schema.get("properties"):
        errors.forbidden(f"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive")
    elif free is False:
        errors.forbidden(f"{path}.additionalProperties", "additionalProperties cannot be set to false")


def _extensions(schema: Json, path: str, errors: ErrorList, place: _Place) -> None:
    kind, map_type = schema.get("type") or "", schema.get("x-kubernetes-map-type")
    if place.inside_metadata and schema.get("x-kubernetes-embedded-resource"):
        errors.forbidden(f"{path}.x-kubernetes-embedded-resource", "must not be used inside of resource meta")
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        errors.invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined")
    if schema.get("x-kubernetes-int-or-string") and kind:
        errors.invalid(f"{path}.type", kind, "must be empty if x-kubernetes-int-or-string is true")
    if map_type is None:
        return
    if not kind:
        errors.required(f"{path}.type", "must be object if x-kubernetes-map-type is specified")
    elif kind != "object":
        errors.invalid(f"{path}.type", kind, "must be object if x-kubernetes-map-type is specified")
    if map_type not in ("atomic", "granular"):
        errors.not_supported(f"{path}.x-kubernetes-map-type", map_type, ("atomic", "granular"))
