"""Service cidr: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class ServiceCIDR(TypedDict, total=False):
    """Ranges that cluster IPs of services are taken from."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[ServiceCIDRSpec, Always()]
    "The ranges."
    status: Annotated[ServiceCIDRStatus, Always()]
    "Whether they are in use."


class ServiceCIDRSpec(TypedDict, total=False):
    """Ranges for cluster IPs."""

    cidrs: Annotated[list[str], Atomic()]
    "The ranges, at most one of each family. They cannot change."


class ServiceCIDRStatus(TypedDict, total=False):
    """The state of ranges for cluster IPs."""

    conditions: Annotated[list[Condition], ListMap("type"), PatchMerge("type")]
    "What is known of the ranges; Ready says that addresses are taken from them."


DEFINITION = Definition(spec_fields=("spec",))
