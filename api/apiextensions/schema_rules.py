"""The rules on the ``openAPIV3Schema`` of a version.

Depth and size are bounded first. Then: what the status subresource leaves of the root → is it structural? → are its
defaults values of it? → may it say what it says?

Counterpart: apiextensions-apiserver/pkg/apis/apiextensions/validation, and pkg/apiserver/schema/defaulting.
"""

from __future__ import annotations

from pybernetes.api.apiextensions.openapi_rules import validate_openapi
from pybernetes.api.apiextensions.structural_rules import validate_structural
from pybernetes.api.field import OMITTED, ErrorList
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.bounds import MAX_OBJECT_DEPTH, nested_deeper
from pybernetes.api.schema.pattern import PatternError
from pybernetes.api.schema.structural import SchemaError, structural_of
from pybernetes.api.schema.structural_pruning import prune_object, prune_value
from pybernetes.api.schema.structural_validation import validate_value

# What may stand beside the status at the root, so that the status can be taken out; as Go names the fields.
_WITH_STATUS = {
    "description": "Description",
    "type": "Type",
    "format": "Format",
    "title": "Title",
    "maximum": "Maximum",
    "exclusiveMaximum": "ExclusiveMaximum",
    "minimum": "Minimum",
    "exclusiveMinimum": "ExclusiveMinimum",
    "maxLength": "MaxLength",
    "minLength": "MinLength",
    "pattern": "Pattern",
    "maxItems": "MaxItems",
    "minItems": "MinItems",
    "uniqueItems": "UniqueItems",
    "multipleOf": "MultipleOf",
    "required": "Required",
    "items": "Items",
    "properties": "Properties",
    "externalDocs": "ExternalDocs",
    "example": "Example",
    "x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
    "x-kubernetes-validations": "XValidations",
}
_ROOT_ONLY = "is allowed as the type at the root of the schema if the status subresource is enabled"


def validate_schema(schema: Json, path: str, errors: ErrorList, *, has_status: bool = False) -> None:
    """Every rule on the schema of one version."""
    if nested_deeper(schema):
        errors.invalid(path, "", f"must not be nested more than {MAX_OBJECT_DEPTH} levels deep")
        return
    try:
        structural_of(schema)
    except SchemaError as error:
        errors.invalid(path, "", str(error))
        return
    if has_status:
        _validate_root(schema, path, errors)
    if schema.get("nullable"):
        errors.forbidden(f"{path}.nullable", "nullable cannot be true at the root")
    found = ErrorList()
    validate_structural(schema, path, found)
    if not found:
        _defaults(schema, path, found)
    for cause in found.causes:
        errors.add(cause["reason"], cause["field"], cause["message"])
    validate_openapi(schema, path, errors)


def _validate_root(schema: Json, path: str, errors: ErrorList) -> None:
    for word, value in schema.items():
        if not value and value is not False:
            continue
        if word == "type" and value != "object":
            errors.invalid(f"{path}.type", value, f'only "object" {_ROOT_ONLY}')
            return
        if word not in _WITH_STATUS and value:
            names = " ".join(_WITH_STATUS.values())
            detail = f"only [{names}] fields are allowed at the root of the schema if the status subresource is enabled"
            errors.invalid(path, OMITTED, detail)
            return


def _defaults(schema: Json, path: str, errors: ErrorList) -> None:
    """A default is a value of its own schema, with nothing in it that would be pruned."""
    if "default" in schema:
        _validate_default(schema, f"{path}.default", errors)
    if isinstance(schema.get("items"), dict):
        _defaults(schema["items"], f"{path}.items", errors)
    for name, part in (schema.get("properties") or {}).items():
        _defaults(part, f"{path}.properties[{name}]", errors)


def _validate_default(schema: Json, path: str, errors: ErrorList) -> None:
    value, node = deep_copy(schema["default"]), structural_of(schema)
    dropped = prune_object(value, node) if node.embedded and isinstance(value, dict) else prune_value(value, node)
    if dropped:
        errors.invalid(path, schema["default"], "must not have unknown fields")
    try:
        validate_value(deep_copy(schema["default"]), node, path, errors)
    except PatternError:
        return  # told where the pattern stands
