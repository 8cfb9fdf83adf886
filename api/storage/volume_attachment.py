"""Volume attachment: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.addresses import inclusive_range
from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.core.persistent_volume import PersistentVolumeSpec
from pybernetes.api.definition import STATUS_ALONE, Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import dns_subdomain
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always
from pybernetes.api.storage.driver_name import validate_driver_name


class VolumeAttachment(TypedDict, total=False):
    """The wish to attach a volume to a node. The volume's driver carries it out."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Required[Annotated[VolumeAttachmentSpec, Always()]]
    "Which volume, and which node."
    status: Annotated[VolumeAttachmentStatus, Always()]
    "Whether it is attached."


class VolumeAttachmentSpec(TypedDict, total=False):
    """Which volume is to be attached to which node."""

    attacher: Required[str]
    "The driver that carries it out."
    nodeName: Required[str]
    "The name of the node."
    source: Required[Annotated[VolumeAttachmentSource, Always()]]
    "The volume."


class VolumeAttachmentSource(TypedDict, total=False):
    """The volume that is attached: one of these."""

    inlineVolumeSpec: PersistentVolumeSpec
    "A volume that stands in a pod rather than for itself."
    persistentVolumeName: str | None
    "The name of the PersistentVolume."


class VolumeAttachmentStatus(TypedDict, total=False):
    """Whether a volume is attached."""

    attachError: VolumeError
    "What last went wrong with attaching it."
    attached: Required[bool]
    "Whether it is attached. Only the driver sets it."
    attachmentMetadata: dict[str, str]
    "What the driver noted for those who mount the volume."
    detachError: VolumeError
    "What last went wrong with detaching it."


class VolumeError(TypedDict, total=False):
    """What went wrong with attaching or detaching a volume."""

    errorCode: Int32 | None
    "The code of gRPC for what went wrong."
    message: str
    "What went wrong."
    time: Annotated[Time, Always()]
    "When it went wrong."


_METADATA_MAX_BYTES = 256 * 1024
_MESSAGE_MAX_BYTES = 1024
_ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


def _validate(attachment: Json, errors: ErrorList) -> None:
    spec = attachment.get("spec") or {}
    if not spec.get("attacher"):
        errors.required("spec.attacher")
    _validate_source(spec.get("source") or {}, "spec.source", errors)
    node = spec.get("nodeName") or ""
    errors.each_invalid("spec.nodeName", node, dns_subdomain(node))
    _validate_status(attachment, errors)


def _validate_source(source: Json, path: str, errors: ErrorList) -> None:
    inline, name = source.get("inlineVolumeSpec"), source.get("persistentVolumeName")
    if inline is None and name is None:
        errors.required(path, _ONE_SOURCE)
    elif inline is not None and name is not None:
        errors.forbidden(path, _ONE_SOURCE)
    elif name == "":
        errors.required(f"{path}.persistentVolumeName", "must specify non empty persistentVolumeName")


def _validate_status(attachment: Json, errors: ErrorList) -> None:
    status = attachment.get("status") or {}
    metadata = status.get("attachmentMetadata") or {}
    if sum(len(key.encode()) + len(value.encode()) for key, value in metadata.items()) > _METADATA_MAX_BYTES:
        errors.too_long("status.attachmentMetadata", _METADATA_MAX_BYTES)
    for field in ("attachError", "detachError"):
        error = status.get(field) or {}
        if len((error.get("message") or "").encode()) > _MESSAGE_MAX_BYTES:
            errors.too_long(f"status.{field}.message", _METADATA_MAX_BYTES)  # the wrong limit, as Kubernetes says
        if (error.get("errorCode") or 0) < 0:
            detail = inclusive_range(0, 2**31 - 1)
            errors.invalid(f"status.{field}.errorCode", error["errorCode"], detail)


def _validate_create(attachment: Json, errors: ErrorList) -> None:
    spec = attachment.get("spec") or {}
    validate_driver_name(spec.get("attacher") or "", "spec.attacher", errors)
    name = (spec.get("source") or {}).get("persistentVolumeName")
    if name is not None:
        errors.each_invalid("spec.source.persistentVolumeName", name, dns_subdomain(name))


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    if new.get("spec") != old.get("spec"):
        errors.invalid("spec", new.get("spec"), "field is immutable")


def _validate_status_update(new: Json, old: Json, errors: ErrorList) -> None:
    _validate(new, errors)


def _attached(attachment: Json, now: datetime) -> bool:
    return bool((attachment.get("status") or {}).get("attached"))


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Attacher", text_of("spec", "attacher"), format="name", description="The driver that carries it out."),
        Column("PV", text_of("spec", "source", "persistentVolumeName"), description="The volume."),
        Column("Node", text_of("spec", "nodeName"), description="The node."),
        Column("Attached", _attached, "boolean", description="Whether it is attached."),
        AGE,
    ),
    validate=_validate,
    validate_create=_validate_create,
    validate_update=_validate_update,
    validate_status=_validate_status_update,
    allow_unconditional_update=False,
    kept_by_status=STATUS_ALONE,
)
