"""Mutating admission policy: the shape on the wire. Defaults and rules are in `policy_validation`."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.admissionregistration.match_condition import MatchCondition
from pybernetes.api.admissionregistration.match_resources import MatchResources
from pybernetes.api.admissionregistration.param_kind import ParamKind
from pybernetes.api.admissionregistration.policy_validation import (
    MUTATING_COLUMNS,
    set_policy_defaults,
    validate_mutating,
)
from pybernetes.api.admissionregistration.variable import Variable
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class MutatingAdmissionPolicy(TypedDict, total=False):
    """Changes objects by CEL expressions as they are written. It has effect where a binding uses it."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[MutatingAdmissionPolicySpec, Always()]
    "Which requests, and which changes."


class MutatingAdmissionPolicySpec(TypedDict, total=False):
    """Which requests a policy is for, and how it changes their objects."""

    failurePolicy: str | None
    "Fail to refuse a request when the policy cannot be worked out, which is the default, or Ignore to let it pass."
    matchConditions: Annotated[list[MatchCondition], ListMap("name"), PatchMerge("name")]
    "Expressions, all of which a request must meet."
    matchConstraints: MatchResources
    "Which requests the policy is for."
    mutations: Annotated[list[Mutation], Atomic()]
    "The changes, one after another."
    paramKind: ParamKind
    "The kind of the objects that bindings can give the policy as parameters."
    reinvocationPolicy: str
    "Never, or IfNeeded to run once more when something later changed the object."
    variables: Annotated[list[Variable], Atomic()]
    "Expressions by name, for the others to use. Each sees those before it."


class Mutation(TypedDict, total=False):
    """One change of an object."""

    applyConfiguration: ApplyConfiguration
    "The change as fields to apply."
    jsonPatch: JSONPatch
    "The change as a JSON patch."
    patchType: Required[str]
    "ApplyConfiguration or JSONPatch: which of the two is set."


class ApplyConfiguration(TypedDict, total=False):
    """A change as fields that are merged into the object, as by server-side apply."""

    expression: str
    "The CEL expression that gives the fields, as Object{...}."


class JSONPatch(TypedDict, total=False):
    """A change as a JSON patch."""

    expression: str
    "The CEL expression that gives the patch, as a list of JSONPatch{...}."


DEFINITION = Definition(
    columns=MUTATING_COLUMNS,
    set_defaults=set_policy_defaults,
    validate=validate_mutating,
    spec_fields=("spec",),
    allow_unconditional_update=False,
)
