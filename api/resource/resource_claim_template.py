"""Resource claim template: the shape on the wire, its defaults and rules."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_immutable, validate_template_metadata
from pybernetes.api.object import Json
from pybernetes.api.resource.claim_validation import set_spec_defaults, validate_spec
from pybernetes.api.resource.resource_claim_spec import ResourceClaimSpec
from pybernetes.api.schema.marks import Always


class ResourceClaimTemplate(TypedDict, total=False):
    """What claims for single pods are made from."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[ResourceClaimTemplateSpec, Always()]]
    "The claim. It cannot change."


class ResourceClaimTemplateSpec(TypedDict, total=False):
    """The labels and the spec of claims that are made."""

    metadata: Annotated[ObjectMeta, Always()]
    "The labels, annotations and other data that objects made from it get."
    spec: Required[Annotated[ResourceClaimSpec, Always()]]
    "Which devices are claimed."


def _set_defaults(template: Json) -> None:
    set_spec_defaults((template.get("spec") or {}).get("spec") or {})


def _validate_create(template: Json, errors: ErrorList) -> None:
    spec = template.get("spec") or {}
    validate_template_metadata(spec.get("metadata") or {}, "spec.metadata", errors)
    validate_spec(spec.get("spec") or {}, "spec.spec", errors)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    validate_immutable(new.get("spec"), old.get("spec"), "spec", errors)


DEFINITION = Definition(set_defaults=_set_defaults, validate_create=_validate_create, validate_update=_validate_update)
