"""IP address: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.addresses import canonical_ip
from pybernetes.api.columns import AGE, NAME, NONE
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_immutable
from pybernetes.api.names import dns_subdomain, path_segment
from pybernetes.api.object import Json
from pybernetes.api.schema.marks import Always


class IPAddress(TypedDict, total=False):
    """An address that is in use, usually as the cluster IP of a service. It is called after the address."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[IPAddressSpec, Always()]]
    "Who uses it."


class IPAddressSpec(TypedDict, total=False):
    """Who uses an address."""

    parentRef: Required[ParentReference]
    "The object that uses it."


class ParentReference(TypedDict, total=False):
    """The object that uses an address."""

    group: str
    "The API group of the object."
    name: Required[str]
    "The name of the object."
    namespace: str
    "The namespace of the object."
    resource: Required[str]
    "The resource of the object, such as services."


def _validate(address: Json, errors: ErrorList) -> None:
    parent, path = (address.get("spec") or {}).get("parentRef"), "spec.parentRef"
    if parent is None:
        errors.required(path)
        return
    if parent.get("group"):  # empty is the core group, that of services
        errors.each_invalid(f"{path}.group", parent["group"], dns_subdomain(parent["group"]))
    for field in ("resource", "name"):
        value = parent.get(field) or ""
        if not value:
            errors.required(f"{path}.{field}")
        else:
            errors.each_invalid(f"{path}.{field}", value, path_segment(value))
    if parent.get("namespace"):
        errors.each_invalid(f"{path}.namespace", parent["namespace"], path_segment(parent["namespace"]))


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    parent, before = ((one.get("spec") or {}).get("parentRef") for one in (new, old))
    validate_immutable(parent, before, "spec.parentRef", errors)


def _parent(address: Json, now: datetime) -> str:
    parent = (address.get("spec") or {}).get("parentRef")
    if parent is None:
        return NONE
    resource, group = parent.get("resource") or "", parent.get("group") or ""
    parts = (f"{resource}.{group}".strip(".").lower(), parent.get("namespace") or "", parent.get("name") or "")
    return "/".join(part for part in parts if part)


DEFINITION = Definition(
    columns=(NAME, Column("ParentRef", _parent, description="The object that uses the address."), AGE),
    name_check=canonical_ip,
    validate=_validate,
    validate_update=_validate_update,
)
