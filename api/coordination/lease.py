"""Lease: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, MicroTime
from pybernetes.api.schema.marks import Always


class Lease(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[LeaseSpec, Always()]


class LeaseSpec(TypedDict, total=False):
    acquireTime: MicroTime
    holderIdentity: str | None
    leaseDurationSeconds: Int32 | None
    leaseTransitions: Int32 | None
    preferredHolder: str | None
    renewTime: MicroTime
    strategy: str | None
