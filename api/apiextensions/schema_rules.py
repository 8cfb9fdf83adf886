"""What an ``openAPIV3Schema`` must be, so that objects can be pruned and defaulted by it: structural.

Every part of the object has a type; what only restricts values (below ``allOf`` and the like) adds no structure;
nothing that OpenAPI knows and that has no meaning for pruning is used. Depth and size are bounded first.

Counterparts: apiextensions-apiserver's schema/validation and schema/defaulting.
"""

from __future__ import annotations

import re

from pybernetes.api.apiextensions.field_path import FieldPathError, normalized_path
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.bounds import MAX_OBJECT_DEPTH, nested_deeper
from pybernetes.api.schema.pattern import PatternError, compiled
from pybernetes.api.schema.structural import SchemaError, structural_of
from pybernetes.api.schema.structural_pruning import prune_value
from pybernetes.api.schema.structural_validation import validate_value

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_NOT_SUPPORTED = ("$ref", "definitions", "dependencies", "id", "patternProperties", "additionalItems")
_NOT_IN_LOGIC = ("additionalProperties", "default", "description", "nullable", "title", "type")
_EXTENSIONS = (
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
)
_OPERATORS = ("allOf", "anyOf", "oneOf")
_LIST_TYPES = ("atomic", "map", "set")
_METADATA_FIELDS = ("name", "generateName")
_REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
_NEWLINES = re.compile(r"[\n\r]")


def validate_schema(schema: Json, path: str, errors: ErrorList) -> None:
    """Every rule on the schema of one version."""
    if nested_deeper(schema):
        errors.invalid(path, "", f"must not be nested more than {MAX_OBJECT_DEPTH} levels deep")
        return
    try:
        structural_of(schema)
    except SchemaError as error:
        errors.invalid(path, "", str(error))
        return
    if schema.get("type") != "object":
        if schema.get("type"):
            errors.invalid(f"{path}.type", schema["type"], "must be object at the root")
        else:
            errors.required(f"{path}.type", "must not be empty at the root")
    _structural(schema, path, errors, root=True)


def _structural(schema: Json, path: str, errors: ErrorList, *, root: bool = False) -> None:
    """The rules on a node that describes a part of the object."""
    _common(schema, path, errors)
    _extensions(schema, path, errors)
    _default(schema, path, errors, root=root)
    for operator in _OPERATORS:
        for index, inner in enumerate(schema.get(operator) or ()):
            _logical(inner, schema, f"{path}.{operator}[{index}]", errors)
    if isinstance(schema.get("not"), dict):
        _logical(schema["not"], schema, f"{path}.not", errors)
    for name, inner in (schema.get("properties") or {}).items():
        at = f"{path}.properties[{name}]"
        if name == "metadata" and (root or schema.get("x-kubernetes-embedded-resource")):
            _metadata(inner, at, errors)
        _typed(inner, at, errors, "must not be empty for specified object fields")
    items = schema.get("items")
    if isinstance(items, list):
        errors.forbidden(f"{path}.items", "items must be a schema object and not an array")
    elif isinstance(items, dict):
        _typed(items, f"{path}.items", errors, "must not be empty for specified array items")
    elif schema.get("type") == "array":
        errors.required(f"{path}.items", "must be specified")
    free = schema.get("additionalProperties")
    if free is False:
        errors.forbidden(f"{path}.additionalProperties", "additionalProperties cannot be set to false")
    elif isinstance(free, dict):
        _typed(free, f"{path}.additionalProperties", errors, "must not be empty for specified object fields")
    if free is not None and schema.get("properties"):
        errors.forbidden(f"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive")


def _typed(schema: Json, path: str, errors: ErrorList, missing: str) -> None:
    free = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if not schema.get("type") and not free:
        errors.required(f"{path}.type", missing)
    _structural(schema, path, errors)


def _logical(schema: Json, outer: Json, path: str, errors: ErrorList) -> None:
    """The rules on a node that only restricts values."""
    _common(schema, path, errors)
    integer_or_string = outer.get("x-kubernetes-int-or-string") and ".not" not in path
    for field in _NOT_IN_LOGIC:
        if field == "type" and integer_or_string and schema.get("type") in ("integer", "string"):
            continue
        if field in schema and schema[field] not in ("", False):
            errors.forbidden(f"{path}.{field}", "must be empty to be structural")
    for extension in _EXTENSIONS:
        if schema.get(extension):
            errors.forbidden(f"{path}.{extension}", "must be false to be structural")
    for operator in _OPERATORS:
        for index, inner in enumerate(schema.get(operator) or ()):
            _logical(inner, outer, f"{path}.{operator}[{index}]", errors)
    if isinstance(schema.get("not"), dict):
        _logical(schema["not"], outer, f"{path}.not", errors)
    for name, inner in (schema.get("properties") or {}).items():
        described = (outer.get("properties") or {}).get(name)
        if described is None and not outer.get("additionalProperties"):
            at = path.rpartition(".properties")[0] or path
            errors.required(f"{at}.properties[{name}]", f"because it is defined in {path}.properties[{name}]")
        _logical(inner, described or {}, f"{path}.properties[{name}]", errors)
    if isinstance(schema.get("items"), dict):
        outer_items = outer.get("items")
        _logical(schema["items"], outer_items if isinstance(outer_items, dict) else {}, f"{path}.items", errors)


def _common(schema: Json, path: str, errors: ErrorList) -> None:
    """The rules on any node."""
    kind = schema.get("type")
    if kind and kind not in _TYPES:
        errors.not_supported(f"{path}.type", kind, _TYPES)
    for field in _NOT_SUPPORTED:
        if schema.get(field):
            errors.forbidden(f"{path}.{field}", f"{field} is not supported")
    if schema.get("uniqueItems"):
        detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        errors.forbidden(f"{path}.uniqueItems", detail)
    if schema.get("pattern"):
        try:
            compiled(schema["pattern"])
        except PatternError as error:
            errors.invalid(
                f"{path}.pattern", schema["pattern"], f"must be a valid regular expression, but isn't: {error}"
            )
    for index, rule in enumerate(schema.get("x-kubernetes-validations") or ()):
        _rule(rule, schema, f"{path}.x-kubernetes-validations[{index}]", errors)


def _rule(rule: Json, schema: Json, path: str, errors: ErrorList) -> None:
    """What a rule says beside its expressions, which are looked at where they can be compiled."""
    text, message = (rule.get("rule") or "").strip(), rule.get("message") or ""
    if not text:
        errors.required(f"{path}.rule", "rule is not specified")
    elif message and not message.strip():
        errors.invalid(f"{path}.message", message, "message must be non-empty if specified")
    elif _NEWLINES.search(message.strip()):
        errors.invalid(f"{path}.message", message, "message must not contain line breaks")
    elif _NEWLINES.search(text) and not message.strip():
        errors.required(f"{path}.message", "message must be specified if rule contains line breaks")
    expression, reason = rule.get("messageExpression") or "", rule.get("reason")
    if expression and not expression.strip():
        errors.required(f"{path}.messageExpression", "messageExpression must be non-empty if specified")
    if reason is not None and reason not in _REASONS:
        errors.not_supported(f"{path}.reason", reason, _REASONS)
    place = rule.get("fieldPath") or ""
    if place and not place.strip():
        errors.invalid(f"{path}.fieldPath", place, "fieldPath must be non-empty if specified")
    if _NEWLINES.search(place):
        errors.invalid(f"{path}.fieldPath", place, "fieldPath must not contain line breaks")
    if place:
        try:
            normalized_path(place, structural_of(schema))
        except FieldPathError:
            errors.invalid(f"{path}.fieldPath", place, "fieldPath must be a valid path")


def _extensions(schema: Json, path: str, errors: ErrorList) -> None:
    kind = schema.get("type") or ""
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        errors.invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined")
    if schema.get("x-kubernetes-int-or-string") and kind:
        errors.invalid(f"{path}.type", kind, "must be empty if x-kubernetes-int-or-string is true")
    if schema.get("x-kubernetes-embedded-resource"):
        if kind != "object":
            errors.invalid(f"{path}.type", kind, "must be object if x-kubernetes-embedded-resource is true")
        if not schema.get("properties") and not schema.get("x-kubernetes-preserve-unknown-fields"):
            detail = (
                "must not be empty if x-kubernetes-embedded-resource is true without "
                "x-kubernetes-preserve-unknown-fields"
            )
            errors.required(f"{path}.properties", detail)
    map_type = schema.get("x-kubernetes-map-type")
    if map_type:
        if kind != "object":
            errors.invalid(f"{path}.type", kind, "must be object if x-kubernetes-map-type is specified")
        if map_type not in ("atomic", "granular"):
            errors.not_supported(f"{path}.x-kubernetes-map-type", map_type, ("atomic", "granular"))
    _list_extensions(schema, path, errors)


def _list_extensions(schema: Json, path: str, errors: ErrorList) -> None:
    kind, list_type = schema.get("type") or "", schema.get("x-kubernetes-list-type")
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    if list_type:
        if kind != "array":
            errors.invalid(f"{path}.type", kind, "must be array if x-kubernetes-list-type is specified")
        if list_type not in _LIST_TYPES:
            errors.not_supported(f"{path}.x-kubernetes-list-type", list_type, _LIST_TYPES)
    if keys and list_type != "map":
        detail = "must be map if x-kubernetes-list-map-keys is non-empty"
        errors.invalid(f"{path}.x-kubernetes-list-type", list_type or "", detail)
    if list_type != "map":
        return
    if not keys:
        detail = "must not be empty if x-kubernetes-list-type is map"
        errors.required(f"{path}.x-kubernetes-list-map-keys", detail)
    items = schema.get("items") if isinstance(schema.get("items"), dict) else {}
    assert isinstance(items, dict), "checked above"
    if items.get("type") != "object":
        detail = "must be object if parent array's x-kubernetes-list-type is map"
        errors.invalid(f"{path}.items.type", items.get("type") or "", detail)
    described = items.get("properties") or {}
    for index, key in enumerate(keys):
        if key not in described:
            errors.invalid(
                f"{path}.x-kubernetes-list-map-keys[{index}]", key, "entries must all be names of item properties"
            )
        elif key not in (items.get("required") or ()) and "default" not in described[key]:
            detail = (
                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            )
            errors.required(f"{path}.items.properties[{key}].default", detail)


def _metadata(schema: Json, path: str, errors: ErrorList) -> None:
    """The metadata of an object is what it is; a schema may only restrict the name."""
    detail = "must not specify anything other than name and generateName, but metadata is implicitly specified"
    if schema.get("type") not in (None, "", "object"):
        errors.invalid(f"{path}.type", schema["type"], "must be object")
    if any(name not in _METADATA_FIELDS for name in schema.get("properties") or {}):
        errors.forbidden(path, detail)
    if "default" in schema:
        errors.forbidden(f"{path}.default", "must not be set in top-level metadata")


def _default(schema: Json, path: str, errors: ErrorList, *, root: bool) -> None:
    """A default is a value of its own schema, with nothing in it that would be pruned."""
    if "default" not in schema:
        return
    if root:
        errors.forbidden(f"{path}.default", "must be undefined at the root")
        return
    value, node = deep_copy(schema["default"]), structural_of(schema)
    dropped = prune_value(value, node)
    if dropped:
        detail = f"must not have unknown fields: {', '.join(dropped)}"
        errors.invalid(f"{path}.default", schema["default"], detail)
    try:
        validate_value(value, node, f"{path}.default", errors)
    except PatternError:
        return  # told where the pattern stands
