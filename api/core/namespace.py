"""Namespace: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, PatchMerge


class Namespace(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[NamespaceSpec, Always()]
    status: Annotated[NamespaceStatus, Always()]


class NamespaceSpec(TypedDict, total=False):
    finalizers: Annotated[list[str], Atomic()]


class NamespaceStatus(TypedDict, total=False):
    conditions: Annotated[list[NamespaceCondition], ListMap("type"), PatchMerge("type")]
    phase: Annotated[str, Default("Active")]


class NamespaceCondition(TypedDict, total=False):
    status: Required[str]
    lastTransitionTime: Time
    message: str
    reason: str
    type: Required[str]
