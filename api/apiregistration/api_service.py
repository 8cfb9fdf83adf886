"""Api service: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Base64, Int32, Time
from pybernetes.api.schema.marks import Always, ListMap, PatchMerge


class APIService(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[APIServiceSpec, Always()]
    status: Annotated[APIServiceStatus, Always()]


class APIServiceSpec(TypedDict, total=False):
    caBundle: Base64
    group: str
    groupPriorityMinimum: Required[Int32]
    insecureSkipTLSVerify: bool
    service: ServiceReference
    version: str
    versionPriority: Required[Int32]


class ServiceReference(TypedDict, total=False):
    name: str
    namespace: str
    port: Int32 | None


class APIServiceStatus(TypedDict, total=False):
    conditions: Annotated[list[APIServiceCondition], ListMap("type"), PatchMerge("type")]


class APIServiceCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Annotated[Time, Always()]
    message: str
    reason: str
    type: Required[str]
