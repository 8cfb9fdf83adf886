"""Volume attachment: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.persistent_volume import PersistentVolumeSpec
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always


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
    time: Time
    "When it went wrong."
