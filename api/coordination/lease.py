"""Lease: the shape on the wire, its rules and columns."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
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


def _validate(lease: Json, errors: ErrorList) -> None:
    spec = lease.get("spec") or {}
    seconds, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if spec.get("holderIdentity") == "":
        errors.invalid("spec.holderIdentity", "", "must not be empty")
    if seconds is not None and seconds <= 0:
        errors.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    if transitions is not None and transitions < 0:
        errors.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")


DEFINITION = Definition(
    columns=(NAME, Column("Holder", text_of("spec", "holderIdentity"), description="Who holds the lease."), AGE),
    validate=_validate,
    allow_unconditional_update=False,
    allow_create_on_update=True,
)
