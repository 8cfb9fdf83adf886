"""Resource claim template: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.resource.resource_claim_spec import ResourceClaimSpec
from pybernetes.api.schema.marks import Always


class ResourceClaimTemplate(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[ResourceClaimTemplateSpec, Always()]]


class ResourceClaimTemplateSpec(TypedDict, total=False):
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[ResourceClaimSpec, Always()]]
