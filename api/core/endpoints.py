"""Endpoints: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Atomic, struct


class Endpoints(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    subsets: Annotated[list[EndpointSubset], Atomic()]


class EndpointSubset(TypedDict, total=False):
    addresses: Annotated[list[EndpointAddress], Atomic()]
    notReadyAddresses: Annotated[list[EndpointAddress], Atomic()]
    ports: Annotated[list[EndpointPort], Atomic()]


@struct(atomic=True)
class EndpointAddress(TypedDict, total=False):
    hostname: str
    ip: Required[str]
    nodeName: str | None
    targetRef: ObjectReference


@struct(atomic=True)
class EndpointPort(TypedDict, total=False):
    appProtocol: str | None
    name: str | None
    port: Required[Int32 | None]
    protocol: str | None
