"""Resource quota: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always, Atomic, struct


class ResourceQuota(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ResourceQuotaSpec, Always()]
    status: Annotated[ResourceQuotaStatus, Always()]


class ResourceQuotaSpec(TypedDict, total=False):
    hard: dict[str, Quantity]
    scopeSelector: ScopeSelector
    scopes: Annotated[list[str], Atomic()]


@struct(atomic=True)
class ScopeSelector(TypedDict, total=False):
    matchExpressions: Annotated[list[ScopedResourceSelectorRequirement], Atomic()]


class ScopedResourceSelectorRequirement(TypedDict, total=False):
    operator: Required[str]
    scopeName: Required[str]
    values: Annotated[list[str], Atomic()]


class ResourceQuotaStatus(TypedDict, total=False):
    hard: dict[str, Quantity]
    used: dict[str, Quantity]
