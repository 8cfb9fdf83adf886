"""Validating admission policy: the shape on the wire. Defaults and rules are in `policy_validation`."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.admissionregistration.match_condition import MatchCondition
from pybernetes.api.admissionregistration.match_resources import MatchResources
from pybernetes.api.admissionregistration.param_kind import ParamKind
from pybernetes.api.admissionregistration.policy_validation import (
    VALIDATING_COLUMNS,
    set_policy_defaults,
    validate_validating,
)
from pybernetes.api.admissionregistration.variable import Variable
from pybernetes.api.definition import STATUS_ALONE, Definition
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class ValidatingAdmissionPolicy(TypedDict, total=False):
    """Refuses requests by CEL expressions. It has effect where a binding uses it."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[ValidatingAdmissionPolicySpec, Always()]
    "Which requests, and what must hold."
    status: Annotated[ValidatingAdmissionPolicyStatus, Always()]
    "What was found wrong with the expressions."


class ValidatingAdmissionPolicySpec(TypedDict, total=False):
    """Which requests a policy is for, and what must hold."""

    auditAnnotations: Annotated[list[AuditAnnotation], Atomic()]
    "What the audit log notes about a request."
    failurePolicy: str | None
    "Fail to refuse a request when the policy cannot be worked out, which is the default, or Ignore to let it pass."
    matchConditions: Annotated[list[MatchCondition], ListMap("name"), PatchMerge("name")]
    "Expressions, all of which a request must meet."
    matchConstraints: MatchResources
    "Which requests the policy is for."
    paramKind: ParamKind
    "The kind of the objects that bindings can give the policy as parameters."
    validations: Annotated[list[Validation], Atomic()]
    "What must hold."
    variables: Annotated[list[Variable], ListMap("name"), PatchMerge("name")]
    "Expressions by name, for the others to use. Each sees those before it."


class AuditAnnotation(TypedDict, total=False):
    """What the audit log notes about a request."""

    key: Required[str]
    "The end of the annotation's key; the policy's name comes before it."
    valueExpression: Required[str]
    "The CEL expression that gives the text, or null for none."


class Validation(TypedDict, total=False):
    """Something that must hold for a request."""

    expression: Required[str]
    "The CEL expression. A request for which it gives false is refused."
    message: str
    "What the client is told when it does not hold."
    messageExpression: str
    "A CEL expression that gives the message. It outranks message."
    reason: str | None
    "The reason of the refusal: Forbidden, Invalid (the default) or RequestEntityTooLarge."


class ValidatingAdmissionPolicyStatus(TypedDict, total=False):
    """What was found wrong with a policy."""

    conditions: Annotated[list[Condition], ListMap("type")]
    "What is known of the policy."
    observedGeneration: Int64
    "The generation of the object that this status was worked out from."
    typeChecking: TypeChecking
    "What checking the expressions against the kinds found."


class TypeChecking(TypedDict, total=False):
    """What checking the expressions of a policy found."""

    expressionWarnings: Annotated[list[ExpressionWarning], Atomic()]
    "The findings, by expression."


class ExpressionWarning(TypedDict, total=False):
    """What was found wrong with an expression."""

    fieldRef: Required[str]
    "The path of the expression, such as spec.validations[0].expression."
    warning: Required[str]
    "What was found, for each kind that it was checked against."


DEFINITION = Definition(
    columns=VALIDATING_COLUMNS,
    set_defaults=set_policy_defaults,
    validate=validate_validating,
    spec_fields=("spec",),
    allow_unconditional_update=False,
    kept_by_status=STATUS_ALONE,
)
