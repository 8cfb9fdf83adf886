"""Mutating admission policy binding: the shape on the wire. Defaults and rules are in `policy_validation`."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.admissionregistration.match_resources import MatchResources
from pybernetes.api.admissionregistration.param_ref import ParamRef
from pybernetes.api.admissionregistration.policy_validation import (
    BINDING_COLUMNS,
    set_binding_defaults,
    validate_mutating_binding,
)
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class MutatingAdmissionPolicyBinding(TypedDict, total=False):
    """Puts a MutatingAdmissionPolicy into effect for some requests."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[MutatingAdmissionPolicyBindingSpec, Always()]
    "Which policy, for which requests, and with which parameters."


class MutatingAdmissionPolicyBindingSpec(TypedDict, total=False):
    """Which policy is put into effect, for which requests, and with which parameters."""

    matchResources: MatchResources
    "Which of the policy's requests; all of them by default."
    paramRef: ParamRef
    "The parameters."
    policyName: str
    "The name of the policy."


DEFINITION = Definition(
    columns=BINDING_COLUMNS,
    set_defaults=set_binding_defaults,
    validate=validate_mutating_binding,
    spec_fields=("spec",),
    allow_unconditional_update=False,
)
