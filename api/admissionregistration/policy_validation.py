"""The defaults of admission policies and their bindings, the rules on them, and their columns.

What the expressions mean is checked where they are compiled; here they only have to be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pybernetes.api.admissionregistration.rule_validation import (
    FAILURE_POLICIES,
    REINVOCATION_POLICIES,
    set_match_defaults,
    set_rule_defaults,
    validate_choice,
    validate_match_conditions,
    validate_match_resources,
    validate_param_kind,
    validate_param_ref,
    validate_policy_name,
    validate_variables,
)
from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.definition import Column
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.names import qualified_name
from pybernetes.api.object import Json, name_of
from pybernetes.api.selectors import format_label_selector

_ANNOTATION = "admissionregistration.validating_admission_policy.AuditAnnotation"
_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_ACTIONS = ("Audit", "Deny", "Warn")
_PATCH_TYPES = ("ApplyConfiguration", "JSONPatch")
_MUTABLE = ("*", "CREATE", "UPDATE")
_MOST_ANNOTATIONS = 20
_EXPRESSION_MAX_BYTES = 5 * 1024
_BOTH_ACTIONS = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and "
    "headers serves no purpose)"
)
_NOTHING_TO_DO = "validations or auditAnnotations must contain at least one item"


def set_policy_defaults(policy: Json) -> None:
    """A policy fails closed, and matches by any version."""
    spec = policy.get("spec")
    if spec is None:
        return
    spec.setdefault("failurePolicy", "Fail")
    _set_match(spec.get("matchConstraints"))


def set_binding_defaults(binding: Json) -> None:
    _set_match((binding.get("spec") or {}).get("matchResources"))


def _set_match(match: Json | None) -> None:
    if match is not None:
        set_match_defaults(match)
        set_rule_defaults(match.get("resourceRules") or ())
        set_rule_defaults(match.get("excludeResourceRules") or ())


def _validate_policy(spec: Json, errors: ErrorList) -> None:
    """What both kinds of policies have."""
    validate_choice(spec.get("failurePolicy"), FAILURE_POLICIES, "spec.failurePolicy", errors)
    validate_param_kind(spec.get("paramKind"), "spec.paramKind", errors)
    match = spec.get("matchConstraints")
    if match is None:
        errors.required("spec.matchConstraints")
    else:
        validate_match_resources(match, "spec.matchConstraints", errors)
        if not match.get("resourceRules"):
            errors.required("spec.matchConstraints.resourceRules")


def _validate_expressions(spec: Json, errors: ErrorList) -> None:
    validate_match_conditions(spec.get("matchConditions") or [], "spec.matchConditions", errors)
    validate_variables(spec.get("variables") or [], "spec.variables", errors)


def validate_validating(policy: Json, errors: ErrorList) -> None:
    """Every rule on a ValidatingAdmissionPolicy."""
    spec = policy.get("spec") or {}
    validations, annotations = spec.get("validations") or [], spec.get("auditAnnotations") or []
    _validate_policy(spec, errors)
    _validate_expressions(spec, errors)
    if not validations and not annotations:
        errors.required("spec.validations", _NOTHING_TO_DO)
        errors.required("spec.auditAnnotations", _NOTHING_TO_DO)
    for index, validation in enumerate(validations):
        _validate_validation(validation, f"spec.validations[{index}]", errors)
    if len(annotations) > _MOST_ANNOTATIONS:
        detail = f"must not have more than {_MOST_ANNOTATIONS} auditAnnotations"
        errors.invalid("spec.auditAnnotations", internal(annotations, _ANNOTATION), detail)
    seen = set()
    for index, annotation in enumerate(annotations):
        _validate_annotation(annotation, name_of(policy), f"spec.auditAnnotations[{index}]", errors)
        if annotation.get("key") in seen:
            errors.duplicate(f"spec.auditAnnotations[{index}].key", annotation.get("key"))
        seen.add(annotation.get("key"))


def _validate_validation(validation: Json, path: str, errors: ErrorList) -> None:
    if not (validation.get("expression") or "").strip():
        errors.required(f"{path}.expression", "expression is not specified")
    message, computed = validation.get("message") or "", validation.get("messageExpression") or ""
    if computed and not computed.strip():
        errors.invalid(f"{path}.messageExpression", computed, "must be non-empty if specified")
    if message and not message.strip():
        errors.invalid(f"{path}.message", message, "message must be non-empty if specified")
    elif "\n" in message.strip() or "\r" in message.strip():
        errors.invalid(f"{path}.message", message, "message must not contain line breaks")
    reason = validation.get("reason")
    if reason is not None and reason not in _REASONS:
        errors.not_supported(f"{path}.reason", reason, _REASONS)


def _validate_annotation(annotation: Json, policy: str, path: str, errors: ErrorList) -> None:
    key, expression = annotation.get("key") or "", (annotation.get("valueExpression") or "").strip()
    if policy:
        errors.each_invalid(f"{path}.key", f"{policy}/{key}", qualified_name(f"{policy}/{key}"))
    else:
        errors.invalid(f"{path}.key", key, "requires metadata.name be non-empty")
    if not expression:
        errors.required(f"{path}.valueExpression", "valueExpression is not specified")
    elif len(expression.encode()) > _EXPRESSION_MAX_BYTES:
        errors.required(f"{path}.valueExpression", f"must not exceed {_EXPRESSION_MAX_BYTES} bytes in length")


def validate_mutating(policy: Json, errors: ErrorList) -> None:
    """Every rule on a MutatingAdmissionPolicy."""
    spec = policy.get("spec") or {}
    mutations = spec.get("mutations") or []
    _validate_policy(spec, errors)
    _validate_mutable(spec.get("matchConstraints") or {}, "spec.matchConstraints", errors)
    _validate_expressions(spec, errors)
    if not mutations:
        errors.required("spec.mutations", "mutations must contain at least one item")
    for index, mutation in enumerate(mutations):
        _validate_mutation(mutation, f"spec.mutations[{index}]", errors)
    again = spec.get("reinvocationPolicy") or None
    validate_choice(again, REINVOCATION_POLICIES, "spec.reinvocationPolicy", errors)


def _validate_mutable(match: Json, path: str, errors: ErrorList) -> None:
    """Only what is created or updated can be changed."""
    for rule in match.get("resourceRules") or ():
        for operation in rule.get("operations") or ():
            if operation not in _MUTABLE:
                errors.not_supported(f"{path}.resourceRules.operations", operation, _MUTABLE)


_PATCHES = (("JSONPatch", "jsonPatch"), ("ApplyConfiguration", "applyConfiguration"))


def _validate_mutation(mutation: Json, path: str, errors: ErrorList) -> None:
    kind = mutation.get("patchType") or ""
    if not kind:
        errors.required(f"{path}.patchType")
    elif kind not in _PATCH_TYPES:
        errors.not_supported(f"{path}.patchType", kind, _PATCH_TYPES)
    else:
        mine, other = _PATCHES if kind == "JSONPatch" else _PATCHES[::-1]
        patch = mutation.get(mine[1])
        if patch is None:
            errors.required(f"{path}.{mine[1]}", f"must be specified when patchType is {kind}")
        elif not (patch.get("expression") or "").strip():
            errors.required(f"{path}.{mine[1]}.expression")
        if mutation.get(other[1]) is not None:
            detail = f"must not be specified when patchType is {kind}"
            errors.invalid(f"{path}.{other[1]}", f"{{{other[1]}}}", detail)


def validate_validating_binding(binding: Json, errors: ErrorList) -> None:
    """Every rule on a ValidatingAdmissionPolicyBinding."""
    spec = binding.get("spec") or {}
    _validate_binding(spec, errors)
    _validate_actions(spec.get("validationActions") or [], "spec.validationActions", errors)


def validate_mutating_binding(binding: Json, errors: ErrorList) -> None:
    """Every rule on a MutatingAdmissionPolicyBinding."""
    spec = binding.get("spec") or {}
    _validate_binding(spec, errors)
    _validate_mutable(spec.get("matchResources") or {}, "spec.matchResources", errors)


def _validate_binding(spec: Json, errors: ErrorList) -> None:
    validate_policy_name(spec, "spec", errors)
    validate_param_ref(spec.get("paramRef"), "spec.paramRef", errors)
    validate_match_resources(spec.get("matchResources"), "spec.matchResources", errors)


def _validate_actions(actions: Sequence[str], path: str, errors: ErrorList) -> None:
    for index, action in enumerate(actions):
        if action not in _ACTIONS:
            errors.not_supported(f"{path}[{index}]", action, _ACTIONS)
        if action in actions[:index]:
            errors.duplicate(f"{path}[{index}]", action)
    if {"Deny", "Warn"} <= set(actions):
        errors.invalid(path, list(actions), _BOTH_ACTIONS)
    if not actions:
        errors.required(path, "at least one validation action is required")


def _param_kind(policy: Json, now: datetime) -> str:
    kind = (policy.get("spec") or {}).get("paramKind")
    return "<unset>" if kind is None else f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}"


def _param_ref(binding: Json, now: datetime) -> str:
    reference = (binding.get("spec") or {}).get("paramRef")
    if reference is None:
        return "<unset>"
    if reference.get("name"):
        return f"{reference.get('namespace') or ''}/{reference['name']}".lstrip("/")
    return format_label_selector(reference.get("selector") or {})


def _validations(policy: Json, now: datetime) -> int:
    return len((policy.get("spec") or {}).get("validations") or ())


def _mutations(policy: Json, now: datetime) -> int:
    return len((policy.get("spec") or {}).get("mutations") or ())


_PARAM_KIND = Column("ParamKind", _param_kind, description="The kind of its parameters.")
VALIDATING_COLUMNS = (
    NAME,
    Column("Validations", _validations, "integer", description="How many things must hold."),
    _PARAM_KIND,
    AGE,
)
MUTATING_COLUMNS = (
    NAME,
    Column("Mutations", _mutations, "integer", description="How many changes it makes."),
    _PARAM_KIND,
    AGE,
)
BINDING_COLUMNS = (
    NAME,
    Column("PolicyName", text_of("spec", "policyName"), description="The policy that it puts into effect."),
    Column("ParamRef", _param_ref, description="Where the parameters come from."),
    AGE,
)
