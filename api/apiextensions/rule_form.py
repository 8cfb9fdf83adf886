"""What a rule of ``x-kubernetes-validations`` says beside its expressions, which are looked at where they can be
compiled.

Counterpart: apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

import re

from pybernetes.api.apiextensions.field_path import FieldPathError, normalized_path
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.schema.structural import structural_of

_REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
_NEWLINES = re.compile(r"[\n\r]")


def validate_rule(rule: Json, schema: Json, path: str, errors: ErrorList) -> None:
    """The form of one rule of a schema."""
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
