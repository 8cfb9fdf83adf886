"""Ip address: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class IPAddress(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[IPAddressSpec, Always()]]


class IPAddressSpec(TypedDict, total=False):
    parentRef: Required[ParentReference]


class ParentReference(TypedDict, total=False):
    group: str
    name: Required[str]
    namespace: str
    resource: Required[str]
