"""Persistent volume: the shape on the wire, and its definition."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import NodeSelector
from pybernetes.api.core.persistent_volume_validation import (
    persistent_volume_warnings,
    validate_persistent_volume,
    validate_persistent_volume_update,
)
from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.core.volume import (
    CSIPersistentVolumeSource,
    FCVolumeSource,
    HostPathVolumeSource,
    ISCSIPersistentVolumeSource,
    LocalVolumeSource,
    NFSVolumeSource,
)
from pybernetes.api.core.volume_columns import VOLUME_COLUMNS
from pybernetes.api.core.volume_plugins import (
    AWSElasticBlockStoreVolumeSource,
    AzureDiskVolumeSource,
    AzureFilePersistentVolumeSource,
    CephFSPersistentVolumeSource,
    CinderPersistentVolumeSource,
    FlexPersistentVolumeSource,
    FlockerVolumeSource,
    GCEPersistentDiskVolumeSource,
    GlusterfsPersistentVolumeSource,
    PhotonPersistentDiskVolumeSource,
    PortworxVolumeSource,
    QuobyteVolumeSource,
    RBDPersistentVolumeSource,
    ScaleIOPersistentVolumeSource,
    StorageOSPersistentVolumeSource,
    VsphereVirtualDiskVolumeSource,
)
from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Quantity, Time
from pybernetes.api.schema.marks import Always, Atomic, Default, Granular


class PersistentVolume(TypedDict, total=False):
    """A piece of storage of the cluster, which outlives the pods that use it."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[PersistentVolumeSpec, Always()]
    "The storage, and how it may be used."
    status: Annotated[PersistentVolumeStatus, Always()]
    "Whether it is in use."


class PersistentVolumeSpec(TypedDict, total=False):
    """A piece of storage and how it may be used. Exactly one kind of storage is set."""

    accessModes: Annotated[list[str], Atomic()]
    "How it can be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod."
    awsElasticBlockStore: AWSElasticBlockStoreVolumeSource
    "A disk of AWS. The driver ebs.csi.aws.com serves it."
    azureDisk: AzureDiskVolumeSource
    "A disk of Azure. The driver disk.csi.azure.com serves it."
    azureFile: AzureFilePersistentVolumeSource
    "A file share of Azure. The driver file.csi.azure.com serves it."
    capacity: dict[str, Quantity]
    "How large it is, under storage."
    cephfs: CephFSPersistentVolumeSource
    "A Ceph file system. No longer supported."
    cinder: CinderPersistentVolumeSource
    "A disk of OpenStack. The driver cinder.csi.openstack.org serves it."
    claimRef: Annotated[ObjectReference, Granular()]
    "The claim that it is bound to, which must be bound to it in turn."
    csi: CSIPersistentVolumeSource
    "Storage of a CSI driver."
    fc: FCVolumeSource
    "A Fibre Channel disk."
    flexVolume: FlexPersistentVolumeSource
    "Storage of an executable plugin. CSI drivers have taken its place."
    flocker: FlockerVolumeSource
    "A Flocker volume. No longer supported."
    gcePersistentDisk: GCEPersistentDiskVolumeSource
    "A disk of Google Compute Engine. The driver pd.csi.storage.gke.io serves it."
    glusterfs: GlusterfsPersistentVolumeSource
    "A Gluster file system. No longer supported."
    hostPath: HostPathVolumeSource
    "A directory of the node, for clusters of one node."
    iscsi: ISCSIPersistentVolumeSource
    "An iSCSI disk."
    local: LocalVolumeSource
    "A disk or directory of one node. It needs nodeAffinity."
    mountOptions: Annotated[list[str], Atomic()]
    "Options for mounting it, which are not checked beforehand."
    nfs: NFSVolumeSource
    "A directory of an NFS server."
    nodeAffinity: VolumeNodeAffinity
    "From which nodes it can be reached; from all without it."
    persistentVolumeReclaimPolicy: Annotated[str, Default("Retain")]
    "What becomes of it when its claim goes: Retain, Delete, or Recycle, which is out of use."
    photonPersistentDisk: PhotonPersistentDiskVolumeSource
    "A Photon disk. No longer supported."
    portworxVolume: PortworxVolumeSource
    "A Portworx volume. The driver pxd.portworx.com serves it."
    quobyte: QuobyteVolumeSource
    "A Quobyte volume. No longer supported."
    rbd: RBDPersistentVolumeSource
    "A Ceph block device. No longer supported."
    scaleIO: ScaleIOPersistentVolumeSource
    "A ScaleIO volume. No longer supported."
    storageClassName: str
    "The storage class that it belongs to. Empty for none."
    storageos: StorageOSPersistentVolumeSource
    "A StorageOS volume. No longer supported."
    volumeAttributesClassName: str | None
    "The VolumeAttributesClass whose settings it has."
    volumeMode: Annotated[str | None, Default("Filesystem")]
    "Filesystem to mount it, Block to hand it to containers as a device."
    vsphereVolume: VsphereVirtualDiskVolumeSource
    "A disk of vSphere. The driver csi.vsphere.vmware.com serves it."


class VolumeNodeAffinity(TypedDict, total=False):
    """From which nodes a volume can be reached."""

    required: NodeSelector
    "What a node must match."


class PersistentVolumeStatus(TypedDict, total=False):
    """What is known of a piece of storage."""

    lastPhaseTransitionTime: Time
    "When the phase last changed."
    message: str
    "A sentence for people about the phase."
    phase: Annotated[str, Default("Pending")]
    "Pending, Available, Bound, Released or Failed."
    reason: str
    "A word for why it failed."


DEFINITION = Definition(
    columns=VOLUME_COLUMNS,
    validate=validate_persistent_volume,
    validate_update=validate_persistent_volume_update,
    warnings=persistent_volume_warnings,
)
