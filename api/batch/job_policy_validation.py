"""The rules on what failures mean for a job, and on when it has succeeded early.

Counterpart: validatePodFailurePolicy and validateSuccessPolicy in pkg/apis/batch/validation.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from pybernetes.api.batch.indexes import IndexesError, count_indexes
from pybernetes.api.field import OMITTED, ErrorList, shown
from pybernetes.api.meta.validation import validate_label_name, validate_not_negative
from pybernetes.api.object import Json

_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_OPERATORS = ("In", "NotIn")
_STATUSES = ("False", "True", "Unknown")
_MAX_RULES = 20
_MAX_EXIT_CODES = 255
_MAX_PATTERNS = 20
_MAX_INDEXES_BYTES = 64 * 1024


def validate_pod_failure_policy(spec: Json, path: str, errors: ErrorList) -> None:
    """Each rule is about exit codes or about conditions."""
    rules = spec["podFailurePolicy"].get("rules") or ()
    if len(rules) > _MAX_RULES:
        errors.too_many(f"{path}.rules", len(rules), _MAX_RULES)
    pod = (spec.get("template") or {}).get("spec") or {}
    names = {one.get("name") for part in ("containers", "initContainers") for one in pod.get(part) or ()}
    for index, rule in enumerate(rules):
        _validate_failure_rule(spec, rule, names, f"{path}.rules[{index}]", errors)


def _validate_failure_rule(spec: Json, rule: Json, names: Collection[str], path: str, errors: ErrorList) -> None:
    action = rule.get("action") or ""
    if not action:
        errors.required(f"{path}.action", _valid_values(_ACTIONS))
    elif action == "FailIndex":
        if spec.get("backoffLimitPerIndex") is None:
            errors.invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set")
    elif action not in _ACTIONS:
        errors.not_supported(f"{path}.action", action, _ACTIONS)
    codes, patterns = rule.get("onExitCodes"), rule.get("onPodConditions") or ()
    if codes is not None:
        _validate_exit_codes(codes, names, f"{path}.onExitCodes", errors)
    if patterns:
        _validate_patterns(patterns, f"{path}.onPodConditions", errors)
    if codes is not None and patterns:
        errors.invalid(path, OMITTED, "specifying both OnExitCodes and OnPodConditions is not supported")
    if codes is None and not patterns:
        errors.invalid(path, OMITTED, "specifying one of OnExitCodes and OnPodConditions is required")


def _valid_values(values: Collection[str]) -> str:
    return f"valid values: [{' '.join(shown(value) for value in values)}]"


def _validate_patterns(patterns: Collection[Json], path: str, errors: ErrorList) -> None:
    if len(patterns) > _MAX_PATTERNS:
        errors.too_many(path, len(patterns), _MAX_PATTERNS)
    for index, pattern in enumerate(patterns):
        validate_label_name(pattern.get("type") or "", f"{path}[{index}].type", errors)
        status = pattern.get("status") or ""
        if not status:
            errors.required(f"{path}[{index}].status", _valid_values(_STATUSES))
        elif status not in _STATUSES:
            errors.not_supported(f"{path}[{index}].status", status, _STATUSES)


def _validate_exit_codes(codes: Json, names: Collection[str], path: str, errors: ErrorList) -> None:
    operator, container, values = codes.get("operator") or "", codes.get("containerName"), codes.get("values")
    if not operator:
        errors.required(f"{path}.operator", _valid_values(_OPERATORS))
    elif operator not in _OPERATORS:
        errors.not_supported(f"{path}.operator", operator, _OPERATORS)
    if container is not None and container not in names:
        detail = "must be one of the container or initContainer names in the pod template"
        errors.invalid(f"{path}.containerName", container, detail)
    if not values:
        errors.invalid(f"{path}.values", values, "at least one value is required")
        return
    if len(values) > _MAX_EXIT_CODES:
        errors.too_many(f"{path}.values", len(values), _MAX_EXIT_CODES)
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            errors.invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator")
        if value in values[:index]:
            errors.duplicate(f"{path}.values[{index}]", value)
    if any(before > value for before, value in pairwise(values)):
        errors.invalid(f"{path}.values", values, "must be ordered")


def validate_success_policy(spec: Json, path: str, errors: ErrorList) -> None:
    """Each rule names a number of indexes, or which ones."""
    rules = spec["successPolicy"].get("rules") or ()
    if not rules:
        detail = "at least one rules must be specified when the successPolicy is specified"
        errors.required(f"{path}.rules", detail)
    if len(rules) > _MAX_RULES:
        errors.too_many(f"{path}.rules", len(rules), _MAX_RULES)
    for index, rule in enumerate(rules):
        _validate_success_rule(rule, spec.get("completions") or 0, f"{path}.rules[{index}]", errors)


def _validate_success_rule(rule: Json, completions: int, path: str, errors: ErrorList) -> None:
    count, indexes = rule.get("succeededCount"), rule.get("succeededIndexes")
    if count is None and indexes is None:
        errors.required(path, "at least one of succeededCount or succeededIndexes must be specified")
    total = 0
    if indexes is not None:
        if len(indexes) > _MAX_INDEXES_BYTES:
            errors.too_long(f"{path}.succeededIndexes", _MAX_INDEXES_BYTES)
        try:
            total = count_indexes(indexes, completions)
        except IndexesError as error:
            errors.invalid(f"{path}.succeededIndexes", indexes, f"error parsing succeededIndexes: {error}")
    if count is None:
        return
    validate_not_negative(count, f"{path}.succeededCount", errors)
    if count > completions:
        detail = f"must be less than or equal to {completions} (the number of specified completions)"
        errors.invalid(f"{path}.succeededCount", count, detail)
    if indexes is not None and count > total:
        detail = (
            f"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        )
        errors.invalid(f"{path}.succeededCount", count, detail)
