"""Endpoint slice: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Atomic, ListSet, struct


class EndpointSlice(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    addressType: Required[str]
    endpoints: Annotated[list[Endpoint], Atomic()]
    ports: Annotated[list[EndpointPort], Atomic()]


class Endpoint(TypedDict, total=False):
    addresses: Required[Annotated[list[str], ListSet()]]
    conditions: Annotated[EndpointConditions, Always()]
    deprecatedTopology: dict[str, str]
    hints: EndpointHints
    hostname: str | None
    nodeName: str | None
    targetRef: ObjectReference
    zone: str | None


class EndpointConditions(TypedDict, total=False):
    ready: bool | None
    serving: bool | None
    terminating: bool | None


class EndpointHints(TypedDict, total=False):
    forNodes: Annotated[list[ForNode], Atomic()]
    forZones: Annotated[list[ForZone], Atomic()]


class ForNode(TypedDict, total=False):
    name: Required[str]


class ForZone(TypedDict, total=False):
    name: Required[str]


@struct(atomic=True)
class EndpointPort(TypedDict, total=False):
    appProtocol: str | None
    name: str | None
    port: Int32 | None
    protocol: str | None
