"""Volume: the shape on the wire, with the kinds of storage that nodes, networks and CSI drivers give."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.reference import LocalObjectReference, SecretReference
from pybernetes.api.core.volume_claim import PersistentVolumeClaimTemplate
from pybernetes.api.core.volume_plugins import (
    AWSElasticBlockStoreVolumeSource,
    AzureDiskVolumeSource,
    AzureFileVolumeSource,
    CephFSVolumeSource,
    CinderVolumeSource,
    FlexVolumeSource,
    FlockerVolumeSource,
    GCEPersistentDiskVolumeSource,
    GitRepoVolumeSource,
    GlusterfsVolumeSource,
    PhotonPersistentDiskVolumeSource,
    PortworxVolumeSource,
    QuobyteVolumeSource,
    RBDVolumeSource,
    ScaleIOVolumeSource,
    StorageOSVolumeSource,
    VsphereVirtualDiskVolumeSource,
)
from pybernetes.api.core.volume_projection import (
    ConfigMapVolumeSource,
    DownwardAPIVolumeSource,
    ProjectedVolumeSource,
    SecretVolumeSource,
)
from pybernetes.api.scalars import Int32, Quantity
from pybernetes.api.schema.marks import Atomic, Default


class Volume(TypedDict, total=False):
    """A volume of a pod: its name, and exactly one kind of storage."""

    awsElasticBlockStore: AWSElasticBlockStoreVolumeSource
    "A disk of AWS. The driver ebs.csi.aws.com serves it."
    azureDisk: AzureDiskVolumeSource
    "A disk of Azure. The driver disk.csi.azure.com serves it."
    azureFile: AzureFileVolumeSource
    "A file share of Azure. The driver file.csi.azure.com serves it."
    cephfs: CephFSVolumeSource
    "A Ceph file system. No longer supported."
    cinder: CinderVolumeSource
    "A disk of OpenStack. The driver cinder.csi.openstack.org serves it."
    configMap: ConfigMapVolumeSource
    "Files from the keys of a config map."
    csi: CSIVolumeSource
    "A volume that a CSI driver makes for this pod."
    downwardAPI: DownwardAPIVolumeSource
    "Files with data about the pod itself."
    emptyDir: EmptyDirVolumeSource
    "An empty directory that lives as long as the pod."
    ephemeral: EphemeralVolumeSource
    "A claim that is made for the pod, and goes with it."
    fc: FCVolumeSource
    "A Fibre Channel disk."
    flexVolume: FlexVolumeSource
    "Storage of an executable plugin. CSI drivers have taken its place."
    flocker: FlockerVolumeSource
    "A Flocker volume. No longer supported."
    gcePersistentDisk: GCEPersistentDiskVolumeSource
    "A disk of Google Compute Engine. The driver pd.csi.storage.gke.io serves it."
    gitRepo: GitRepoVolumeSource
    "A clone of a git repository. Off for reasons of security: clone in an init container instead."
    glusterfs: GlusterfsVolumeSource
    "A Gluster file system. No longer supported."
    hostPath: HostPathVolumeSource
    "A file or directory of the node. It lets the pod into the node: avoid it where you can."
    image: ImageVolumeSource
    "The contents of an image, read-only."
    iscsi: ISCSIVolumeSource
    "An iSCSI disk."
    name: Required[str]
    "The name by which containers mount it."
    nfs: NFSVolumeSource
    "A directory of an NFS server."
    persistentVolumeClaim: PersistentVolumeClaimVolumeSource
    "The volume that a claim is bound to."
    photonPersistentDisk: PhotonPersistentDiskVolumeSource
    "A Photon disk. No longer supported."
    portworxVolume: PortworxVolumeSource
    "A Portworx volume. The driver pxd.portworx.com serves it."
    projected: ProjectedVolumeSource
    "Files from several sources in one directory."
    quobyte: QuobyteVolumeSource
    "A Quobyte volume. No longer supported."
    rbd: RBDVolumeSource
    "A Ceph block device. No longer supported."
    scaleIO: ScaleIOVolumeSource
    "A ScaleIO volume. No longer supported."
    secret: SecretVolumeSource
    "Files from the keys of a secret."
    storageos: StorageOSVolumeSource
    "A StorageOS volume. No longer supported."
    vsphereVolume: VsphereVirtualDiskVolumeSource
    "A disk of vSphere. The driver csi.vsphere.vmware.com serves it."


class CSIPersistentVolumeSource(TypedDict, total=False):
    """Storage of a CSI driver."""

    controllerExpandSecretRef: SecretReference
    "A secret for the driver's ControllerExpandVolume call."
    controllerPublishSecretRef: SecretReference
    "A secret for the driver's ControllerPublishVolume and ControllerUnpublishVolume calls."
    driver: Required[str]
    "The name of the driver."
    fsType: str
    "The file system of the volume, such as ext4."
    nodeExpandSecretRef: SecretReference
    "A secret for the driver's NodeExpandVolume call."
    nodePublishSecretRef: SecretReference
    "A secret for the driver's NodePublishVolume call."
    nodeStageSecretRef: SecretReference
    "A secret for the driver's NodeStageVolume call."
    readOnly: bool
    "Whether it is handed out read-only."
    volumeAttributes: dict[str, str]
    "What the driver noted about the volume when it made it."
    volumeHandle: Required[str]
    "The name by which the driver knows the volume."


class CSIVolumeSource(TypedDict, total=False):
    """A volume that a CSI driver makes for one pod."""

    driver: Required[str]
    "The name of the driver."
    fsType: str | None
    "The file system of the volume; the driver's choice by default."
    nodePublishSecretRef: LocalObjectReference
    "A secret for the driver's NodePublishVolume call."
    readOnly: bool | None
    "Whether it is handed out read-only."
    volumeAttributes: dict[str, str]
    "Settings for the driver."


class EmptyDirVolumeSource(TypedDict, total=False):
    """An empty directory that lives as long as the pod."""

    medium: str
    "Where it is kept: on the node's disk if empty, in memory with Memory, in huge pages with HugePages."
    sizeLimit: Quantity
    "How large it may grow before the pod is evicted. In memory, it counts as the containers' memory too."


class EphemeralVolumeSource(TypedDict, total=False):
    """A claim that is made for one pod."""

    volumeClaimTemplate: PersistentVolumeClaimTemplate
    "The claim. It is called after the pod and the volume, with a hyphen between, and goes with the pod."


class FCVolumeSource(TypedDict, total=False):
    """A Fibre Channel disk, given by targetWWNs and lun or by wwids."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    lun: Int32 | None
    "The number of the disk at its target."
    readOnly: bool
    "Whether it is mounted read-only."
    targetWWNs: Annotated[list[str], Atomic()]
    "The world wide names of the targets."
    wwids: Annotated[list[str], Atomic()]
    "The world wide ids of the disk."


class HostPathVolumeSource(TypedDict, total=False):
    """A file or directory of the node."""

    path: Required[str]
    "The path on the node; links are followed."
    type: Annotated[str | None, Default("")]
    """What must be there: Directory, File, Socket, CharDevice or BlockDevice; DirectoryOrCreate and FileOrCreate
    make it. Nothing is checked if empty.
    """


class ISCSIPersistentVolumeSource(TypedDict, total=False):
    """An iSCSI disk."""

    chapAuthDiscovery: bool
    "Whether finding the target uses CHAP."
    chapAuthSession: bool
    "Whether sessions use CHAP."
    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    initiatorName: str | None
    "The initiator's name, in place of the node's."
    iqn: Required[str]
    "The qualified name of the target."
    iscsiInterface: Annotated[str, Default("default")]
    "The interface by which the target is reached."
    lun: Required[Int32]
    "The number of the disk at its target."
    portals: Annotated[list[str], Atomic()]
    "Further addresses of the target, for several paths to it."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: SecretReference
    "The secret with the credentials for CHAP."
    targetPortal: Required[str]
    "The address of the target, with its port if that is not 3260."


class ISCSIVolumeSource(TypedDict, total=False):
    """An iSCSI disk."""

    chapAuthDiscovery: bool
    "Whether finding the target uses CHAP."
    chapAuthSession: bool
    "Whether sessions use CHAP."
    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    initiatorName: str | None
    "The initiator's name, in place of the node's."
    iqn: Required[str]
    "The qualified name of the target."
    iscsiInterface: Annotated[str, Default("default")]
    "The interface by which the target is reached."
    lun: Required[Int32]
    "The number of the disk at its target."
    portals: Annotated[list[str], Atomic()]
    "Further addresses of the target, for several paths to it."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: LocalObjectReference
    "The secret with the credentials for CHAP."
    targetPortal: Required[str]
    "The address of the target, with its port if that is not 3260."


class ImageVolumeSource(TypedDict, total=False):
    """The contents of an image."""

    pullPolicy: str
    "When the image is pulled: Always, IfNotPresent or Never. The default is as for containers."
    reference: str
    "The image, with a tag or a digest."


class LocalVolumeSource(TypedDict, total=False):
    """A disk or directory of one node."""

    fsType: str | None
    "The file system of a disk; it is found out, or ext4, by default."
    path: Required[str]
    "The path of the disk or directory on the node."


class NFSVolumeSource(TypedDict, total=False):
    """A directory of an NFS server."""

    path: Required[str]
    "The directory that the server exports."
    readOnly: bool
    "Whether it is mounted read-only."
    server: Required[str]
    "The server's name or address."


class PersistentVolumeClaimVolumeSource(TypedDict, total=False):
    """The volume that a claim is bound to."""

    claimName: Required[str]
    "The claim, of the pod's namespace."
    readOnly: bool
    "Whether it is mounted read-only everywhere in the pod."
