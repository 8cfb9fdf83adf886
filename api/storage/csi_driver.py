"""CSI driver: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_immutable
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Always, Atomic, Default, ListSet


class CSIDriver(TypedDict, total=False):
    """What the cluster should know of a CSI driver. It is called as the driver calls itself."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[CSIDriverSpec, Always()]]
    "What the driver needs and can do."


class CSIDriverSpec(TypedDict, total=False):
    """What a CSI driver needs and can do."""

    attachRequired: Annotated[bool | None, Default(True)]
    "Whether volumes must be attached to a node before they are mounted. It cannot change."
    fsGroupPolicy: Annotated[str | None, Default("ReadWriteOnceWithFSType")]
    "Whether a pod's fsGroup is given the files: ReadWriteOnceWithFSType, File for always, None for never."
    nodeAllocatableUpdatePeriodSeconds: Int64 | None
    "After how many seconds a node asks again how many volumes it can take. At least 10."
    podInfoOnMount: Annotated[bool | None, Default(False)]
    "Whether the driver is told which pod it mounts a volume for."
    preventPodSchedulingIfMissing: bool
    "Whether pods that need the driver are kept from nodes that do not run it."
    requiresRepublish: Annotated[bool | None, Default(False)]
    "Whether the driver is called again and again while a volume is mounted, to renew its contents."
    seLinuxMount: Annotated[bool | None, Default(False)]
    "Whether the driver can mount volumes with an SELinux label."
    serviceAccountTokenInSecrets: bool | None
    "Whether tokens reach the driver among the secrets rather than in the volume's context."
    storageCapacity: Annotated[bool | None, Default(False)]
    "Whether pods wait until the driver has reported enough room for their volumes."
    tokenRequests: Annotated[list[TokenRequest], Atomic()]
    "Tokens of the pod's service account that the driver gets."
    volumeLifecycleModes: Annotated[list[str], ListSet()]
    "Persistent for volumes by claims, which is the default, Ephemeral for volumes of one pod."


class TokenRequest(TypedDict, total=False):
    """A token of a pod's service account for a CSI driver."""

    audience: Required[str]
    "Who the token is for; the API server if empty."
    expirationSeconds: Int64 | None
    "For how many seconds the token is good."


def _set_defaults(driver: Json) -> None:
    spec = driver.get("spec")
    if spec is not None and not spec.get("volumeLifecycleModes"):
        spec["volumeLifecycleModes"] = ["Persistent"]


_GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
_MODES = ("Persistent", "Ephemeral")
_SHORTEST_TOKEN, _LONGEST_TOKEN = 600, 1 << 32
_SHORTEST_PERIOD = 10


def _validate(driver: Json, errors: ErrorList) -> None:
    spec = driver.get("spec") or {}
    for field, shown in (("attachRequired", "attachedRequired"), ("podInfoOnMount", ""), ("storageCapacity", "")):
        if spec.get(field) is None:
            errors.required(f"spec.{shown or field}")
    policy = spec.get("fsGroupPolicy")
    if policy is not None and policy not in _GROUP_POLICIES:
        errors.not_supported("spec.fsGroupPolicy", policy, _GROUP_POLICIES)
    _validate_tokens(spec.get("tokenRequests") or [], errors)
    for mode in spec.get("volumeLifecycleModes") or ():
        if mode not in _MODES:
            errors.not_supported("spec.volumeLifecycleModes", mode, _MODES)
    if spec.get("seLinuxMount") is None:
        errors.required("spec.seLinuxMount")
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < _SHORTEST_PERIOD:
        path = "spec.nodeAllocatableUpdatePeriodSeconds"
        errors.invalid(path, period, "must be greater than or equal to 10 seconds")
    if spec.get("serviceAccountTokenInSecrets") is not None and not spec.get("tokenRequests"):
        detail = "must be nil if tokenRequests is not set"
        errors.invalid("spec.serviceAccountTokenInSecrets", spec["serviceAccountTokenInSecrets"], detail)


def _validate_tokens(requests: list[Json], errors: ErrorList) -> None:
    audiences = set()
    for index, request in enumerate(requests):
        path, audience = f"spec.tokenRequests[{index}]", request.get("audience") or ""
        if audience in audiences:
            errors.duplicate(f"{path}.audience", audience)
            continue
        audiences.add(audience)
        seconds = request.get("expirationSeconds")
        if seconds is not None and seconds < _SHORTEST_TOKEN:
            detail = "may not specify a duration less than 10 minutes"
            errors.invalid(f"{path}.expirationSeconds", seconds, detail)
        if seconds is not None and seconds > _LONGEST_TOKEN:
            detail = "may not specify a duration larger than 2^32 seconds"
            errors.invalid(f"{path}.expirationSeconds", seconds, detail)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    for field, shown in (("attachRequired", "attachedRequired"), ("volumeLifecycleModes", "volumeLifecycleModes")):
        validate_immutable(spec.get(field), before.get(field), f"spec.{shown}", errors)


def _flag(name: str, *, default: bool = False) -> Callable[[Json, datetime], bool]:
    def cell(driver: Json, now: datetime) -> bool:
        value = (driver.get("spec") or {}).get(name)
        return default if value is None else bool(value)

    return cell


def _audiences(driver: Json, now: datetime) -> str:
    requests = (driver.get("spec") or {}).get("tokenRequests") or ()
    return ",".join(request.get("audience") or "" for request in requests) if requests else "<unset>"


def _modes(driver: Json, now: datetime) -> str:
    return ",".join((driver.get("spec") or {}).get("volumeLifecycleModes") or ()) or NONE


DEFINITION = Definition(
    columns=(
        NAME,
        Column("AttachRequired", _flag("attachRequired", default=True), "boolean", description="Needs attaching."),
        Column("PodInfoOnMount", _flag("podInfoOnMount"), "boolean", description="Is told about the pod."),
        Column("StorageCapacity", _flag("storageCapacity"), "boolean", description="Reports how much room there is."),
        Column("TokenRequests", _audiences, description="For whom it gets tokens of the pod."),
        Column("RequiresRepublish", _flag("requiresRepublish"), "boolean", description="Is called again and again."),
        Column("Modes", _modes, description="Which kinds of volumes it has."),
        AGE,
    ),
    set_defaults=_set_defaults,
    validate=_validate,
    validate_update=_validate_update,
    spec_fields=("spec",),
    allow_unconditional_update=False,
)
