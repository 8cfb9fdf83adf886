"""Api service: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import path_segment
from pybernetes.api.object import Json, name_of
from pybernetes.api.scalars import Base64, Int32, Time
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class APIService(TypedDict, total=False):
    """A version of an API group: where the server that answers for it is. It is called version.group."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[APIServiceSpec, Always()]
    "Which group and version, and where."
    status: Annotated[APIServiceStatus, Always()]
    "Whether it can be reached."


class APIServiceSpec(TypedDict, total=False):
    """A version of an API group, and where the server that answers for it is."""

    caBundle: Annotated[Base64, Atomic()]
    "The certificates, in PEM and base64, that vouch for the server; those of the system by default."
    group: str
    "The API group."
    groupPriorityMinimum: Required[Int32]
    "How high the group ranks when a short name fits several groups; more is higher. From 1 to 20000."
    insecureSkipTLSVerify: bool
    "Whether the server's certificate goes unchecked. Better not."
    service: ServiceReference
    "The service that leads to the server. This API server itself if not set."
    version: str
    "The version of the group."
    versionPriority: Required[Int32]
    "How high the version ranks within its group; more is higher. From 1 to 1000."


class ServiceReference(TypedDict, total=False):
    """A service that leads to an API server."""

    name: str
    "The name of the service."
    namespace: str
    "The namespace of the service."
    port: Int32 | None
    "The port of the service. The default is 443."


class APIServiceStatus(TypedDict, total=False):
    """Whether an API server can be reached."""

    conditions: Annotated[list[APIServiceCondition], ListMap("type"), PatchMerge("type")]
    "What is known of the server; Available says whether requests are sent to it."


class APIServiceCondition(TypedDict, total=False):
    """One aspect of whether an API server can be reached."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect; Available is the one that there is."


def _check_name(obj: Json, errors: ErrorList) -> None:
    """The name says which version of which group it is about."""
    spec = obj.get("spec") or {}
    wanted = f"{spec.get('version') or ''}.{spec.get('group') or ''}"
    if name_of(obj) != wanted:
        errors.invalid("metadata.name", name_of(obj), f'must be `spec.version+"."+spec.group`: "{wanted}"')


DEFINITION = Definition(name_check=path_segment, validate=_check_name)
