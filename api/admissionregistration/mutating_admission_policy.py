"""Mutating admission policy: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.admissionregistration.match_condition import MatchCondition
from pybernetes.api.admissionregistration.match_resources import MatchResources
from pybernetes.api.admissionregistration.param_kind import ParamKind
from pybernetes.api.admissionregistration.variable import Variable
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class MutatingAdmissionPolicy(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[MutatingAdmissionPolicySpec, Always()]


class MutatingAdmissionPolicySpec(TypedDict, total=False):
    failurePolicy: str | None
    matchConditions: Annotated[list[MatchCondition], ListMap("name"), PatchMerge("name")]
    matchConstraints: MatchResources
    mutations: Annotated[list[Mutation], Atomic()]
    paramKind: ParamKind
    reinvocationPolicy: str
    variables: Annotated[list[Variable], Atomic()]


class Mutation(TypedDict, total=False):
    applyConfiguration: ApplyConfiguration
    jsonPatch: JSONPatch
    patchType: Required[str]


class ApplyConfiguration(TypedDict, total=False):
    expression: str


class JSONPatch(TypedDict, total=False):
    expression: str


DEFINITION = Definition(spec_fields=("spec",))
