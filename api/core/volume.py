"""Volume: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.env import ObjectFieldSelector, ResourceFieldSelector
from pybernetes.api.core.reference import (
    LocalObjectReference,
    ObjectReference,
    SecretReference,
    TypedLocalObjectReference,
    TypedObjectReference,
)
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32, Int64, Quantity
from pybernetes.api.schema.marks import Always, Atomic, Default


class AWSElasticBlockStoreVolumeSource(TypedDict, total=False):
    """A disk of AWS."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    partition: Int32
    "The partition to mount; the whole disk if 0."
    readOnly: bool
    "Whether it is mounted read-only."
    volumeID: Required[str]
    "The id of the disk."


class AzureDiskVolumeSource(TypedDict, total=False):
    """A disk of Azure."""

    kind: Annotated[str | None, Default("Shared")]
    "Shared, Dedicated or Managed: how the disk is stored."
    cachingMode: Annotated[str | None, Default("ReadWrite")]
    "How the host caches it: None, ReadOnly or ReadWrite."
    diskName: Required[str]
    "The name of the disk."
    diskURI: Required[str]
    "Where the disk is stored."
    fsType: Annotated[str | None, Default("ext4")]
    "The file system of the disk."
    readOnly: Annotated[bool | None, Default(False)]
    "Whether it is mounted read-only."


class AzureFilePersistentVolumeSource(TypedDict, total=False):
    """A file share of Azure."""

    readOnly: bool
    "Whether it is mounted read-only."
    secretName: Required[str]
    "The secret with the name and the key of the storage account."
    secretNamespace: str | None
    "The namespace of the secret; that of the claim by default."
    shareName: Required[str]
    "The name of the share."


class AzureFileVolumeSource(TypedDict, total=False):
    """A file share of Azure."""

    readOnly: bool
    "Whether it is mounted read-only."
    secretName: Required[str]
    "The secret with the name and the key of the storage account."
    shareName: Required[str]
    "The name of the share."


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


class CephFSPersistentVolumeSource(TypedDict, total=False):
    """A Ceph file system."""

    monitors: Required[Annotated[list[str], Atomic()]]
    "The addresses of Ceph's monitors."
    path: str
    "The directory to mount; the root by default."
    readOnly: bool
    "Whether it is mounted read-only."
    secretFile: str
    "The file of the node with the user's key. The default is /etc/ceph/user.secret."
    secretRef: SecretReference
    "The secret with the user's key, which outranks the file."
    user: str
    "The user; admin by default."


class CephFSVolumeSource(TypedDict, total=False):
    """A Ceph file system."""

    monitors: Required[Annotated[list[str], Atomic()]]
    "The addresses of Ceph's monitors."
    path: str
    "The directory to mount; the root by default."
    readOnly: bool
    "Whether it is mounted read-only."
    secretFile: str
    "The file of the node with the user's key. The default is /etc/ceph/user.secret."
    secretRef: LocalObjectReference
    "The secret with the user's key, which outranks the file."
    user: str
    "The user; admin by default."


class CinderPersistentVolumeSource(TypedDict, total=False):
    """A disk of OpenStack."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: SecretReference
    "The secret with the credentials for OpenStack."
    volumeID: Required[str]
    "The id of the disk."


class CinderVolumeSource(TypedDict, total=False):
    """A disk of OpenStack."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: LocalObjectReference
    "The secret with the credentials for OpenStack."
    volumeID: Required[str]
    "The id of the disk."


class ClusterTrustBundleProjection(TypedDict, total=False):
    """Certificates to trust, from ClusterTrustBundles, as one file."""

    labelSelector: LabelSelector
    "Which bundles of the signer; none without it, all if it is empty."
    name: str | None
    "The one bundle to take. Not together with signerName."
    optional: bool | None
    "Whether the pod starts if there is no such bundle."
    path: Required[str]
    "The path of the file within the volume."
    signerName: str | None
    "The signer whose bundles are taken."


class ConfigMapProjection(TypedDict, total=False):
    """Files from the keys of a config map."""

    items: Annotated[list[KeyToPath], Atomic()]
    "Which keys become which files; by default each becomes a file of its name."
    name: str
    "The config map, of the pod's namespace."
    optional: bool | None
    "Whether the pod starts if the config map or a key is missing."


class KeyToPath(TypedDict, total=False):
    """The file that one key becomes."""

    key: Required[str]
    "The key whose value becomes the file."
    mode: Int32 | None
    "The permission bits of the file, in place of the volume's default."
    path: Required[str]
    "The path of the file within the volume, relative and without '..'."


class ConfigMapVolumeSource(TypedDict, total=False):
    """Files from the keys of a config map, which follow its changes."""

    defaultMode: Annotated[Int32 | None, Default(420)]
    "The permission bits of the files, as a number: 420 is 0644 in octal."
    items: Annotated[list[KeyToPath], Atomic()]
    "Which keys become which files; by default each becomes a file of its name."
    name: str
    "The config map, of the pod's namespace."
    optional: bool | None
    "Whether the pod starts if the config map or a key is missing."


class DownwardAPIProjection(TypedDict, total=False):
    """Files with data about the pod."""

    items: Annotated[list[DownwardAPIVolumeFile], Atomic()]
    "The files."


class DownwardAPIVolumeFile(TypedDict, total=False):
    """A file with one field of the pod, or one amount of a container."""

    fieldRef: ObjectFieldSelector
    "The field of the pod, such as metadata.labels."
    mode: Int32 | None
    "The permission bits of the file, in place of the volume's default."
    path: Required[str]
    "The path of the file within the volume, relative and without '..'."
    resourceFieldRef: ResourceFieldSelector
    "The limit or request of a container."


class DownwardAPIVolumeSource(TypedDict, total=False):
    """Files with data about the pod, which follow its changes."""

    defaultMode: Annotated[Int32 | None, Default(420)]
    "The permission bits of the files, as a number: 420 is 0644 in octal."
    items: Annotated[list[DownwardAPIVolumeFile], Atomic()]
    "The files."


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


class PersistentVolumeClaimTemplate(TypedDict, total=False):
    """What a claim is made from."""

    metadata: Annotated[ObjectMeta, Always()]
    "The labels, annotations and other data that objects made from it get."
    spec: Required[Annotated[PersistentVolumeClaimSpec, Always()]]
    "What storage is wished for."


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


class FlexPersistentVolumeSource(TypedDict, total=False):
    """Storage of an executable plugin."""

    driver: Required[str]
    "The name of the plugin."
    fsType: str
    "The file system of the volume; the plugin's choice by default."
    options: dict[str, str]
    "Settings for the plugin."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: SecretReference
    "The secret whose contents are handed to the plugin."


class FlexVolumeSource(TypedDict, total=False):
    """Storage of an executable plugin."""

    driver: Required[str]
    "The name of the plugin."
    fsType: str
    "The file system of the volume; the plugin's choice by default."
    options: dict[str, str]
    "Settings for the plugin."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: LocalObjectReference
    "The secret whose contents are handed to the plugin."


class FlockerVolumeSource(TypedDict, total=False):
    """A Flocker volume, given by its name or its id."""

    datasetName: str
    "The name of the data set."
    datasetUUID: str
    "The id of the data set."


class GCEPersistentDiskVolumeSource(TypedDict, total=False):
    """A disk of Google Compute Engine."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    partition: Int32
    "The partition to mount; the whole disk if 0."
    pdName: Required[str]
    "The name of the disk."
    readOnly: bool
    "Whether it is mounted read-only."


class GitRepoVolumeSource(TypedDict, total=False):
    """A clone of a git repository."""

    directory: str
    "The directory to clone into; a new one of the repository's name by default."
    repository: Required[str]
    "The URL of the repository."
    revision: str
    "The commit to check out."


class GlusterfsPersistentVolumeSource(TypedDict, total=False):
    """A Gluster file system."""

    endpoints: Required[str]
    "The Endpoints object with the servers' addresses."
    endpointsNamespace: str | None
    "The namespace of the Endpoints object; that of the claim by default."
    path: Required[str]
    "The name of the Gluster volume."
    readOnly: bool
    "Whether it is mounted read-only."


class GlusterfsVolumeSource(TypedDict, total=False):
    """A Gluster file system."""

    endpoints: Required[str]
    "The Endpoints object with the servers' addresses."
    path: Required[str]
    "The name of the Gluster volume."
    readOnly: bool
    "Whether it is mounted read-only."


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


class PhotonPersistentDiskVolumeSource(TypedDict, total=False):
    """A Photon disk."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    pdID: Required[str]
    "The id of the disk."


class PodCertificateProjection(TypedDict, total=False):
    """A key and a certificate for the pod, made by the kubelet and renewed by it."""

    certificateChainPath: str
    "The file for the chain of certificates, if it is to be apart from the key."
    credentialBundlePath: str
    "The file for the key and the chain of certificates together."
    keyPath: str
    "The file for the key, if it is to be apart from the certificates."
    keyType: Required[str]
    "The type of the key, such as ED25519 or ECDSAP256."
    maxExpirationSeconds: Int32 | None
    "For how many seconds a certificate may be good. The signer may make it shorter."
    signerName: Required[str]
    "The signer that is asked for the certificate."
    userAnnotations: dict[str, str]
    "Further data for the signer, which it may or may not heed."


class PortworxVolumeSource(TypedDict, total=False):
    """A Portworx volume."""

    fsType: str
    "The file system of the volume, such as ext4, which is the default."
    readOnly: bool
    "Whether it is mounted read-only."
    volumeID: Required[str]
    "The id of the volume."


class ProjectedVolumeSource(TypedDict, total=False):
    """Files from several sources in one directory."""

    defaultMode: Annotated[Int32 | None, Default(420)]
    "The permission bits of the files, as a number: 420 is 0644 in octal."
    sources: Annotated[list[VolumeProjection], Atomic(), Always()]
    "Where the files come from."


class VolumeProjection(TypedDict, total=False):
    """One source of files: exactly one of these."""

    clusterTrustBundle: ClusterTrustBundleProjection
    "Certificates to trust, from ClusterTrustBundles."
    configMap: ConfigMapProjection
    "Files from the keys of a config map."
    downwardAPI: DownwardAPIProjection
    "Files with data about the pod."
    podCertificate: PodCertificateProjection
    "A key and a certificate for the pod."
    secret: SecretProjection
    "Files from the keys of a secret."
    serviceAccountToken: ServiceAccountTokenProjection
    "A token of the pod's service account."


class SecretProjection(TypedDict, total=False):
    """Files from the keys of a secret."""

    items: Annotated[list[KeyToPath], Atomic()]
    "Which keys become which files; by default each becomes a file of its name."
    name: str
    "The secret, of the pod's namespace."
    optional: bool | None
    "Whether the pod starts if the secret or a key is missing."


class ServiceAccountTokenProjection(TypedDict, total=False):
    """A token of the pod's service account, renewed by the kubelet before it ends."""

    audience: str
    "Who the token is for; the API server by default. Others must refuse it."
    expirationSeconds: Annotated[Int64 | None, Default(3600)]
    "For how many seconds a token is good. At least 600."
    path: Required[str]
    "The path of the file within the volume."


class QuobyteVolumeSource(TypedDict, total=False):
    """A Quobyte volume."""

    group: str
    "The group that it is mounted as; none by default."
    readOnly: bool
    "Whether it is mounted read-only."
    registry: Required[str]
    "The addresses of the registries, as host:port with commas between them."
    tenant: str
    "The tenant that the volume belongs to."
    user: str
    "The user that it is mounted as; the service account's by default."
    volume: Required[str]
    "The name of the volume."


class RBDPersistentVolumeSource(TypedDict, total=False):
    """A Ceph block device."""

    fsType: str
    "The file system of the device, such as ext4, which is the default."
    image: Required[str]
    "The name of the image."
    keyring: Annotated[str, Default("/etc/ceph/keyring")]
    "The file of the node with the user's key."
    monitors: Required[Annotated[list[str], Atomic()]]
    "The addresses of Ceph's monitors."
    pool: Annotated[str, Default("rbd")]
    "The pool that the image is in."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: SecretReference
    "The secret with the user's key, which outranks the keyring."
    user: Annotated[str, Default("admin")]
    "The Ceph user that reads the image."


class RBDVolumeSource(TypedDict, total=False):
    """A Ceph block device."""

    fsType: str
    "The file system of the device, such as ext4, which is the default."
    image: Required[str]
    "The name of the image."
    keyring: Annotated[str, Default("/etc/ceph/keyring")]
    "The file of the node with the user's key."
    monitors: Required[Annotated[list[str], Atomic()]]
    "The addresses of Ceph's monitors."
    pool: Annotated[str, Default("rbd")]
    "The pool that the image is in."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: LocalObjectReference
    "The secret with the user's key, which outranks the keyring."
    user: Annotated[str, Default("admin")]
    "The Ceph user that reads the image."


class ScaleIOPersistentVolumeSource(TypedDict, total=False):
    """A ScaleIO volume."""

    fsType: Annotated[str, Default("xfs")]
    "The file system of the volume."
    gateway: Required[str]
    "The address of the API's gateway."
    protectionDomain: str
    "The protection domain of the storage."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: Required[SecretReference]
    "The secret with the credentials to log in with."
    sslEnabled: bool
    "Whether the gateway is spoken to by TLS."
    storageMode: Annotated[str, Default("ThinProvisioned")]
    "ThickProvisioned or ThinProvisioned."
    storagePool: str
    "The pool within the protection domain."
    system: Required[str]
    "The name of the storage system."
    volumeName: str
    "The name of a volume that exists."


class ScaleIOVolumeSource(TypedDict, total=False):
    """A ScaleIO volume."""

    fsType: Annotated[str, Default("xfs")]
    "The file system of the volume."
    gateway: Required[str]
    "The address of the API's gateway."
    protectionDomain: str
    "The protection domain of the storage."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: Required[LocalObjectReference]
    "The secret with the credentials to log in with."
    sslEnabled: bool
    "Whether the gateway is spoken to by TLS."
    storageMode: Annotated[str, Default("ThinProvisioned")]
    "ThickProvisioned or ThinProvisioned."
    storagePool: str
    "The pool within the protection domain."
    system: Required[str]
    "The name of the storage system."
    volumeName: str
    "The name of a volume that exists."


class SecretVolumeSource(TypedDict, total=False):
    """Files from the keys of a secret, kept in memory, which follow its changes."""

    defaultMode: Annotated[Int32 | None, Default(420)]
    "The permission bits of the files, as a number: 420 is 0644 in octal."
    items: Annotated[list[KeyToPath], Atomic()]
    "Which keys become which files; by default each becomes a file of its name."
    optional: bool | None
    "Whether the pod starts if the secret or a key is missing."
    secretName: str
    "The secret, of the pod's namespace."


class StorageOSPersistentVolumeSource(TypedDict, total=False):
    """A StorageOS volume."""

    fsType: str
    "The file system of the volume, such as ext4, which is the default."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: ObjectReference
    "The secret with the credentials for the API."
    volumeName: str
    "The name of the volume within its namespace."
    volumeNamespace: str
    "The namespace of the volume in StorageOS; that of the pod by default."


class StorageOSVolumeSource(TypedDict, total=False):
    """A StorageOS volume."""

    fsType: str
    "The file system of the volume, such as ext4, which is the default."
    readOnly: bool
    "Whether it is mounted read-only."
    secretRef: LocalObjectReference
    "The secret with the credentials for the API."
    volumeName: str
    "The name of the volume within its namespace."
    volumeNamespace: str
    "The namespace of the volume in StorageOS; that of the pod by default."


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


class VsphereVirtualDiskVolumeSource(TypedDict, total=False):
    """A disk of vSphere."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    storagePolicyID: str
    "The id of the storage policy."
    storagePolicyName: str
    "The name of the storage policy."
    volumePath: Required[str]
    "The path of the disk."
