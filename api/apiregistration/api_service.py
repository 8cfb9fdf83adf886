"""API service: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.addresses import port_number
from pybernetes.api.columns import AGE, NAME
from pybernetes.api.definition import STATUS_ALONE, Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import dns_label_1035, dns_subdomain, path_segment
from pybernetes.api.object import Json, condition_of, name_of
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


_HTTPS = 443
_MAX_GROUP_PRIORITY, _MAX_VERSION_PRIORITY = 20000, 1000
_STATUSES = ("True", "False", "Unknown")


def _set_defaults(service: Json) -> None:
    reference = (service.get("spec") or {}).get("service")
    if reference is not None and reference.get("port") is None:
        reference["port"] = _HTTPS


def _validate(service: Json, errors: ErrorList) -> None:
    spec = service.get("spec") or {}
    group, version = spec.get("group") or "", spec.get("version") or ""
    if name_of(service) != f"{version}.{group}" and not path_segment(name_of(service)):
        detail = f'must be `spec.version+"."+spec.group`: "{version}.{group}"'
        errors.invalid("metadata.name", name_of(service), detail)
    if not group and version != "v1":
        errors.required("spec.group", "only v1 may have an empty group and it better be legacy kube")
    if group:
        errors.each_invalid("spec.group", group, dns_subdomain(group))
    errors.each_invalid("spec.version", version, dns_label_1035(version))
    for field, most in (("groupPriorityMinimum", _MAX_GROUP_PRIORITY), ("versionPriority", _MAX_VERSION_PRIORITY)):
        priority = spec.get(field) or 0
        if not 0 < priority <= most:
            errors.invalid(f"spec.{field}", priority, f"must be positive and less than {most}")
    if spec.get("service") is None:
        _validate_local(spec, errors)
    else:
        _validate_remote(spec, errors)


def _validate_local(spec: Json, errors: ErrorList) -> None:
    bundle = b64decode(spec.get("caBundle") or "")
    if bundle:
        errors.invalid("spec.caBundle", f"{len(bundle)} bytes", "local APIServices may not have a caBundle")
    if spec.get("insecureSkipTLSVerify"):
        detail = "local APIServices may not have insecureSkipTLSVerify"
        errors.invalid("spec.insecureSkipTLSVerify", True, detail)


def _validate_remote(spec: Json, errors: ErrorList) -> None:
    reference, path = spec["service"], "spec.service"
    for field in ("namespace", "name"):
        if not reference.get(field):
            errors.required(f"{path}.{field}")
    port = reference.get("port") or 0
    wrong = port_number(port)
    if wrong:
        errors.invalid(f"{path}.port", port, "port is not valid: " + ", ".join(wrong))
    if spec.get("insecureSkipTLSVerify") and spec.get("caBundle"):
        errors.invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present")


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    for index, condition in enumerate((new.get("status") or {}).get("conditions") or ()):
        if condition.get("status") not in _STATUSES:
            errors.not_supported(f"status.conditions[{index}].status", condition.get("status") or "", _STATUSES)


def _service(service: Json, now: datetime) -> str:
    reference = (service.get("spec") or {}).get("service")
    return "Local" if reference is None else f"{reference.get('namespace', '')}/{reference.get('name', '')}"


def _available(service: Json, now: datetime) -> str:
    condition = condition_of(service, "Available") or {"status": "Unknown"}
    status, reason = condition.get("status") or "", condition.get("reason") or ""
    return f"{status} ({reason})" if status != "True" and reason else status


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Service", _service, description="Where the server is: a service, or Local for this one."),
        Column("Available", _available, description="Whether requests are sent to it."),
        AGE,
    ),
    name_check=path_segment,
    set_defaults=_set_defaults,
    validate=_validate,
    validate_status=_validate_status,
    allow_unconditional_update=False,
    kept_by_status=STATUS_ALONE,
)
