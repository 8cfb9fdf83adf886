"""Service CIDR: the shape on the wire, its rules and columns."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.addresses import canonical_cidr, parse_cidr
from pybernetes.api.columns import AGE, NAME
from pybernetes.api.definition import STATUS_ALONE, Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.condition import Condition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
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


_MOST_RANGES = 2  # one of each family
_PATH = "spec.cidrs"


def _ranges(cidr: Json) -> list[str]:
    return list((cidr.get("spec") or {}).get("cidrs") or ())


def _validate_ranges(cidr: Json, errors: ErrorList) -> None:
    ranges = _ranges(cidr)
    if not ranges:
        errors.required(_PATH, "at least one CIDR required")
        return
    if len(ranges) > _MOST_RANGES:
        errors.invalid(
            _PATH, internal(cidr["spec"], "networking.service_cidr.ServiceCIDRSpec"), "may only hold up to 2 values"
        )
        return
    for index, text in enumerate(ranges):
        errors.each_invalid(f"{_PATH}[{index}]", text, canonical_cidr(text))
    families = [network.version for text in ranges if (network := parse_cidr(text)) is not None]
    if len(families) > len(set(families)):
        detail = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        errors.invalid(_PATH, ranges, detail)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    """Ranges stay; a second one, of the other family, may be added."""
    ranges, before = _ranges(new), _ranges(old)
    if len(ranges) not in (len(before), len(before) + 1) or len(ranges) > _MOST_RANGES:
        errors.invalid(_PATH, ranges, "field is immutable")
        return
    for index, (text, was) in enumerate(zip(ranges, before, strict=False)):
        if text != was:
            errors.invalid(f"{_PATH}[{index}]", text, "field is immutable")


DEFINITION = Definition(
    columns=(NAME, Column("CIDRs", lambda cidr, now: ",".join(_ranges(cidr)), description="The ranges."), AGE),
    validate=_validate_ranges,
    validate_update=_validate_update,
    status_written_by=frozenset({"create", "update"}),
    kept_by_status=STATUS_ALONE,
)
