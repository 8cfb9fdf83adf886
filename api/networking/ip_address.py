"""Ip address: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
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
