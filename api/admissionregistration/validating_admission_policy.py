"""Validating admission policy: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.admissionregistration.match_condition import MatchCondition
from pybernetes.api.admissionregistration.match_resources import MatchResources
from pybernetes.api.admissionregistration.param_kind import ParamKind
from pybernetes.api.admissionregistration.variable import Variable
from pybernetes.api.definition import Definition
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class ValidatingAdmissionPolicy(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ValidatingAdmissionPolicySpec, Always()]
    status: Annotated[ValidatingAdmissionPolicyStatus, Always()]


class ValidatingAdmissionPolicySpec(TypedDict, total=False):
    auditAnnotations: Annotated[list[AuditAnnotation], Atomic()]
    failurePolicy: str | None
    matchConditions: Annotated[list[MatchCondition], ListMap("name"), PatchMerge("name")]
    matchConstraints: MatchResources
    paramKind: ParamKind
    validations: Annotated[list[Validation], Atomic()]
    variables: Annotated[list[Variable], ListMap("name"), PatchMerge("name")]


class AuditAnnotation(TypedDict, total=False):
    key: Required[str]
    valueExpression: Required[str]


class Validation(TypedDict, total=False):
    expression: Required[str]
    message: str
    messageExpression: str
    reason: str | None


class ValidatingAdmissionPolicyStatus(TypedDict, total=False):
    conditions: Annotated[list[Condition], ListMap("type")]
    observedGeneration: Int64
    typeChecking: TypeChecking


class TypeChecking(TypedDict, total=False):
    expressionWarnings: Annotated[list[ExpressionWarning], Atomic()]


class ExpressionWarning(TypedDict, total=False):
    fieldRef: Required[str]
    warning: Required[str]


DEFINITION = Definition(spec_fields=("spec",))
