"""The rules on conditions: one of each type, and each complete.

Counterpart: ValidateConditions in apimachinery/pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_label_name
from pybernetes.api.object import Json

_STATUSES = ("False", "True", "Unknown")
_MAX_REASON = 1024
_MAX_MESSAGE = 32768
_REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"
_REASON_PATTERN = re.compile(_REASON)
_BAD_REASON = (
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
    "characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or "
    f"'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '{_REASON}')"
)


def validate_conditions(conditions: Sequence[Json], path: str, errors: ErrorList) -> None:
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        kind = condition.get("type") or ""
        if kind in seen:
            errors.duplicate(f"{path}[{index}].type", kind)
        seen.add(kind)
        _validate_condition(condition, kind, f"{path}[{index}]", errors)


def _validate_condition(condition: Json, kind: str, path: str, errors: ErrorList) -> None:
    validate_label_name(kind, f"{path}.type", errors)
    status, reason = condition.get("status") or "", condition.get("reason") or ""
    if status not in _STATUSES:
        errors.not_supported(f"{path}.status", status, _STATUSES)
    generation = condition.get("observedGeneration") or 0
    if generation < 0:
        errors.invalid(f"{path}.observedGeneration", generation, "must be greater than or equal to zero")
    if not condition.get("lastTransitionTime"):
        errors.required(f"{path}.lastTransitionTime", "must be set")
    if not reason:
        errors.required(f"{path}.reason", "must be set")
    else:
        if not _REASON_PATTERN.fullmatch(reason):
            errors.invalid(f"{path}.reason", reason, _BAD_REASON)
        if len(reason) > _MAX_REASON:
            errors.too_long(f"{path}.reason", _MAX_REASON)
    if len(condition.get("message") or "") > _MAX_MESSAGE:
        errors.too_long(f"{path}.message", _MAX_MESSAGE)
