"""What a claim of storage wishes for: by itself, in a pod's volume, or in a stateful set's template."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.reference import TypedLocalObjectReference, TypedObjectReference
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always, Atomic, Default


class PersistentVolumeClaimSpec(TypedDict, total=False):
    """What storage is wished for."""

    accessModes: Annotated[list[str], Atomic()]
    "How it is to be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod."
    dataSource: TypedLocalObjectReference
    "What its first contents come from: a VolumeSnapshot, or another claim."
    dataSourceRef: TypedObjectReference
    "Like dataSource, for objects of any kind. Both are kept equal where they can be."
    resources: Annotated[VolumeResourceRequirements, Always()]
    "How large it is to be."
    selector: LabelSelector
    "Labels of the volumes that will do. No volume is provisioned for a claim that has it."
    storageClassName: str | None
    "The storage class. The cluster's default without it; volumes without a class if empty."
    volumeAttributesClassName: str | None
    "The VolumeAttributesClass whose settings the volume is to have. It may change later."
    volumeMode: Annotated[str | None, Default("Filesystem")]
    "Filesystem to mount it, Block to have it as a device."
    volumeName: str
    "The volume that it is bound to. Set it to choose one."


class VolumeResourceRequirements(TypedDict, total=False):
    """How large a volume is to be."""

    limits: dict[str, Quantity]
    "The largest size, under storage."
    requests: dict[str, Quantity]
    "The smallest size, under storage. It may grow later if the storage class allows it."


class PersistentVolumeClaimTemplate(TypedDict, total=False):
    """What a claim is made from."""

    metadata: Annotated[ObjectMeta, Always()]
    "The labels, annotations and other data that objects made from it get."
    spec: Required[Annotated[PersistentVolumeClaimSpec, Always()]]
    "What storage is wished for."
