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
    """A lock with a time limit, by which components choose a leader, and nodes show that they are alive."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[LeaseSpec, Always()]
    "Who holds it, and for how long."


class LeaseSpec(TypedDict, total=False):
    """Who holds a lease, and for how long."""

    acquireTime: MicroTime
    "When its holder got it."
    holderIdentity: str | None
    "Who holds it."
    leaseDurationSeconds: Int32 | None
    "For how many seconds after its last renewal it is held."
    leaseTransitions: Int32 | None
    "How often it went from one holder to another."
    preferredHolder: str | None
    "Who should get it next, where a strategy chooses."
    renewTime: MicroTime
    "When its holder last renewed it."
    strategy: str | None
    "How the holder is chosen, where they coordinate it."


# Coordinated leader election chooses holders by these; it is off unless a feature gate turns it on.
_OF_COORDINATION = ("preferredHolder", "strategy")


def _prepare_create(lease: Json) -> None:
    for field in _OF_COORDINATION:
        (lease.get("spec") or {}).pop(field, None)


def _prepare_update(new: Json, old: Json) -> None:
    """What is there already, from a server that had it on, may stay and change."""
    for field in _OF_COORDINATION:
        if (old.get("spec") or {}).get(field) is None:
            (new.get("spec") or {}).pop(field, None)


def _validate(lease: Json, errors: ErrorList) -> None:
    spec = lease.get("spec") or {}
    seconds, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if seconds is not None and seconds <= 0:
        errors.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    if transitions is not None and transitions < 0:
        errors.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")


DEFINITION = Definition(
    columns=(NAME, Column("Holder", text_of("spec", "holderIdentity"), description="Who holds the lease."), AGE),
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    validate=_validate,
    allow_unconditional_update=False,
    allow_create_on_update=True,
)
