"""Resource claim template: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
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
