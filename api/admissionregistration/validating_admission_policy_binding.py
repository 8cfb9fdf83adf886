"""Validating admission policy binding: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.admissionregistration.match_resources import MatchResources
from pybernetes.api.admissionregistration.param_ref import ParamRef
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, ListSet


class ValidatingAdmissionPolicyBinding(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[ValidatingAdmissionPolicyBindingSpec, Always()]]


class ValidatingAdmissionPolicyBindingSpec(TypedDict, total=False):
    matchResources: MatchResources
    paramRef: ParamRef
    policyName: Required[str]
    validationActions: Required[Annotated[list[str], ListSet()]]


DEFINITION = Definition(spec_fields=("spec",))
