"""The rules on what claims, classes and slices share. Counterpart: pkg/apis/resource/validation.

Whether a selector's expression compiles is checked where expressions are compiled; here its length is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import orjson

from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_label_name
from pybernetes.api.names import dns_label, dns_subdomain, label_value, qualified_name
from pybernetes.api.object import Json
from pybernetes.api.storage.driver_name import validate_driver_name

MAX_REQUESTS = MAX_CONFIGS = MAX_SELECTORS = 32
EXPRESSION_MAX_BYTES = PARAMETERS_MAX_BYTES = 10 * 1024
_POOL_MAX_LENGTH = 253
_ID_MAX_LENGTH = 32
_MAX_CONDITIONS = 4
_MIN_SHOWN = 16  # a shorter limit would leave too little of a key to know it by
_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]*"
_identifier = re.compile(_IDENTIFIER)
_NOT_AN_IDENTIFIER = (
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters "
    f"or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '{_IDENTIFIER}')"
)
_TOLERATION_OPERATORS = ("Equal", "Exists")
_EFFECTS = ("NoExecute", "NoSchedule", "None")

Check = Callable[[Any, str, ErrorList], None]


def validate_items(items: Sequence[Any], limit: int, check: Check, path: str, errors: ErrorList) -> bool:
    """Each item, unless there are too many of them; whether there are not."""
    if len(items) > limit:
        errors.too_many(path, len(items), limit)
        return False
    for index, item in enumerate(items):
        check(item, f"{path}[{index}]", errors)
    return True


def validate_set(
    items: Sequence[Any],
    limit: int,
    check: Check,
    path: str,
    errors: ErrorList,
    key: Callable[[Any], Any] = lambda x: x,
) -> None:
    """Each item, and that no two are the same by their key."""
    if not validate_items(items, limit, check, path, errors):
        return
    seen: set[Any] = set()
    for index, item in enumerate(items):
        if key(item) in seen:
            errors.duplicate(f"{path}[{index}]", key(item))
        seen.add(key(item))


def validate_map(
    values: Mapping[str, Any], limit: int, shown: int, check_key: Check, check: Check, path: str, errors: ErrorList
) -> None:
    """Each key and value; of a key that is too long, an error shows its two ends."""
    if 0 <= limit < len(values):
        errors.too_many(path, len(values), limit)
        return
    for key, value in values.items():
        at = f"{path}[{_shortened(key, max(shown, _MIN_SHOWN))}]"
        check_key(key, at, errors)
        check(value, at, errors)


def _shortened(key: str, limit: int) -> str:
    if len(key) <= limit:
        return key
    left = limit - len("...")
    return f"{key[: (left + 1) // 2]}...{key[len(key) - left // 2 :]}"


def label(value: str, path: str, errors: ErrorList) -> None:
    errors.each_invalid(path, value, dns_label(value))


def validate_pool(name: str, path: str, errors: ErrorList) -> None:
    """Domains with slashes between them."""
    if not name:
        errors.required(path)
        return
    if len(name) > _POOL_MAX_LENGTH:
        errors.too_long(path, _POOL_MAX_LENGTH)
    for part in name.split("/"):
        errors.each_invalid(path, part, dns_subdomain(part))


def validate_identifier(name: str, path: str, errors: ErrorList) -> None:
    if len(name) > _ID_MAX_LENGTH:
        errors.too_long(path, _ID_MAX_LENGTH)
    if not _identifier.fullmatch(name):
        errors.invalid(path, name, _NOT_AN_IDENTIFIER)


def validate_attribute_name(name: str, path: str, errors: ErrorList) -> None:
    """An identifier, perhaps after the domain of a driver."""
    domain, slash, last = name.partition("/")
    if not slash:
        validate_identifier(name, path, errors)
        return
    if not domain:
        errors.invalid(path, "", "the domain must not be empty")
    else:
        validate_driver_name(domain, path, errors)
    if not last:
        errors.invalid(path, "", "the name must not be empty")
    else:
        validate_identifier(last, path, errors)


def validate_full_attribute_name(name: str, path: str, errors: ErrorList) -> None:
    validate_attribute_name(name, path, errors)
    if "/" not in name:
        errors.invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash")


def validate_class_name(name: str, path: str, errors: ErrorList) -> None:
    if not name:
        errors.required(path)
    else:
        errors.each_invalid(path, name, dns_subdomain(name))


def validate_selector(selector: Json, path: str, errors: ErrorList) -> None:
    if selector.get("cel") is None:
        errors.required(f"{path}.cel")
    elif len((selector["cel"].get("expression") or "").encode()) > EXPRESSION_MAX_BYTES:
        errors.too_long(f"{path}.cel.expression", EXPRESSION_MAX_BYTES)


def validate_configuration(configuration: Json, path: str, errors: ErrorList) -> None:
    """Settings for a driver."""
    opaque = configuration.get("opaque")
    if opaque is None:
        errors.required(f"{path}.opaque")
        return
    validate_driver_name(opaque.get("driver") or "", f"{path}.opaque.driver", errors)
    parameters, at = opaque.get("parameters"), f"{path}.opaque.parameters"
    if parameters is None:
        errors.required(at)
    elif len(orjson.dumps(parameters)) > PARAMETERS_MAX_BYTES:
        errors.too_long(at, PARAMETERS_MAX_BYTES)
    elif not isinstance(parameters, dict):
        errors.invalid(at, "<value omitted>", "must be a valid JSON object")


def validate_toleration(toleration: Json, path: str, errors: ErrorList) -> None:
    key, operator, value = (toleration.get(name) or "" for name in ("key", "operator", "value"))
    if key:
        validate_label_name(key, f"{path}.key", errors)
    if operator == "Exists":
        if value:
            errors.invalid(f"{path}.value", value, "must be empty for operator `Exists`")
    elif operator == "Equal":
        errors.each_invalid(f"{path}.value", value, label_value(value))
    elif not operator:
        errors.required(f"{path}.operator")
    else:
        errors.not_supported(f"{path}.operator", operator, _TOLERATION_OPERATORS)
    effect = toleration.get("effect") or ""
    if effect and effect not in _EFFECTS:
        errors.not_supported(f"{path}.effect", effect, _EFFECTS)


def validate_taint(taint: Json, path: str, errors: ErrorList) -> None:
    validate_label_name(taint.get("key") or "", f"{path}.key", errors)
    value, effect = taint.get("value") or "", taint.get("effect") or ""
    errors.each_invalid(f"{path}.value", value, label_value(value))
    if not effect:
        errors.required(f"{path}.effect")
    elif effect not in _EFFECTS:
        errors.not_supported(f"{path}.effect", effect, _EFFECTS)


def validate_binding_conditions(device: Json, path: str, errors: ErrorList) -> None:
    """Conditions for success and for failure come together, and are not the same."""
    good, bad = device.get("bindingConditions") or [], device.get("bindingFailureConditions") or []
    for field, conditions in (("bindingConditions", good), ("bindingFailureConditions", bad)):
        validate_set(conditions, _MAX_CONDITIONS, _qualified, f"{path}.{field}", errors)
    _validate_together(good, bad, path, errors)
    for index, condition in enumerate(bad):
        if condition in good:
            detail = "bindingFailureConditions must not overlap with bindingConditions"
            errors.invalid(f"{path}.bindingFailureConditions[{index}]", condition, detail)


def _validate_together(good: Collection[str], bad: Collection[str], path: str, errors: ErrorList) -> None:
    if bad and not good:
        detail = "bindingConditions are required to use bindingFailureConditions"
        errors.invalid(f"{path}.bindingConditions", list(good), detail)
    if good and not bad:
        detail = "bindingFailureConditions are required to use bindingConditions"
        errors.invalid(f"{path}.bindingFailureConditions", list(bad), detail)


def _qualified(name: str, path: str, errors: ErrorList) -> None:
    errors.each_invalid(path, name, qualified_name(name))
