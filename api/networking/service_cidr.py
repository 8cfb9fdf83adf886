"""Service cidr: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class ServiceCIDR(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ServiceCIDRSpec, Always()]
    status: Annotated[ServiceCIDRStatus, Always()]


class ServiceCIDRSpec(TypedDict, total=False):
    cidrs: Annotated[list[str], Atomic()]


class ServiceCIDRStatus(TypedDict, total=False):
    conditions: Annotated[list[Condition], ListMap("type"), PatchMerge("type")]


DEFINITION = Definition(spec_fields=("spec",))
