"""Volume attachment: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.persistent_volume import PersistentVolumeSpec
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Time
from pybernetes.api.schema.marks import Always


class VolumeAttachment(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[VolumeAttachmentSpec, Always()]]
    status: Annotated[VolumeAttachmentStatus, Always()]


class VolumeAttachmentSpec(TypedDict, total=False):
    attacher: Required[str]
    nodeName: Required[str]
    source: Required[Annotated[VolumeAttachmentSource, Always()]]


class VolumeAttachmentSource(TypedDict, total=False):
    inlineVolumeSpec: PersistentVolumeSpec
    persistentVolumeName: str | None


class VolumeAttachmentStatus(TypedDict, total=False):
    attachError: VolumeError
    attached: Required[bool]
    attachmentMetadata: dict[str, str]
    detachError: VolumeError


class VolumeError(TypedDict, total=False):
    errorCode: Int32 | None
    message: str
    time: Time
