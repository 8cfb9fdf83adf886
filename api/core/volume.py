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
    fsType: str
    partition: Int32
    readOnly: bool
    volumeID: Required[str]


class AzureDiskVolumeSource(TypedDict, total=False):
    kind: Annotated[str | None, Default("Shared")]
    cachingMode: Annotated[str | None, Default("ReadWrite")]
    diskName: Required[str]
    diskURI: Required[str]
    fsType: Annotated[str | None, Default("ext4")]
    readOnly: Annotated[bool | None, Default(False)]


class AzureFilePersistentVolumeSource(TypedDict, total=False):
    readOnly: bool
    secretName: Required[str]
    secretNamespace: str | None
    shareName: Required[str]


class AzureFileVolumeSource(TypedDict, total=False):
    readOnly: bool
    secretName: Required[str]
    shareName: Required[str]


class CSIPersistentVolumeSource(TypedDict, total=False):
    controllerExpandSecretRef: SecretReference
    controllerPublishSecretRef: SecretReference
    driver: Required[str]
    fsType: str
    nodeExpandSecretRef: SecretReference
    nodePublishSecretRef: SecretReference
    nodeStageSecretRef: SecretReference
    readOnly: bool
    volumeAttributes: dict[str, str]
    volumeHandle: Required[str]


class CSIVolumeSource(TypedDict, total=False):
    driver: Required[str]
    fsType: str | None
    nodePublishSecretRef: LocalObjectReference
    readOnly: bool | None
    volumeAttributes: dict[str, str]


class CephFSPersistentVolumeSource(TypedDict, total=False):
    monitors: Required[Annotated[list[str], Atomic()]]
    path: str
    readOnly: bool
    secretFile: str
    secretRef: SecretReference
    user: str


class CephFSVolumeSource(TypedDict, total=False):
    monitors: Required[Annotated[list[str], Atomic()]]
    path: str
    readOnly: bool
    secretFile: str
    secretRef: LocalObjectReference
    user: str


class CinderPersistentVolumeSource(TypedDict, total=False):
    fsType: str
    readOnly: bool
    secretRef: SecretReference
    volumeID: Required[str]


class CinderVolumeSource(TypedDict, total=False):
    fsType: str
    readOnly: bool
    secretRef: LocalObjectReference
    volumeID: Required[str]


class ClusterTrustBundleProjection(TypedDict, total=False):
    labelSelector: LabelSelector
    name: str | None
    optional: bool | None
    path: Required[str]
    signerName: str | None


class ConfigMapProjection(TypedDict, total=False):
    items: Annotated[list[KeyToPath], Atomic()]
    name: str
    optional: bool | None


class KeyToPath(TypedDict, total=False):
    key: Required[str]
    mode: Int32 | None
    path: Required[str]


class ConfigMapVolumeSource(TypedDict, total=False):
    defaultMode: Annotated[Int32 | None, Default(420)]
    items: Annotated[list[KeyToPath], Atomic()]
    name: str
    optional: bool | None


class DownwardAPIProjection(TypedDict, total=False):
    items: Annotated[list[DownwardAPIVolumeFile], Atomic()]


class DownwardAPIVolumeFile(TypedDict, total=False):
    fieldRef: ObjectFieldSelector
    mode: Int32 | None
    path: Required[str]
    resourceFieldRef: ResourceFieldSelector


class DownwardAPIVolumeSource(TypedDict, total=False):
    defaultMode: Annotated[Int32 | None, Default(420)]
    items: Annotated[list[DownwardAPIVolumeFile], Atomic()]


class EmptyDirVolumeSource(TypedDict, total=False):
    medium: str
    sizeLimit: Quantity


class EphemeralVolumeSource(TypedDict, total=False):
    volumeClaimTemplate: PersistentVolumeClaimTemplate


class PersistentVolumeClaimTemplate(TypedDict, total=False):
    metadata: Annotated[ObjectMeta, Always()]
    spec: Required[Annotated[PersistentVolumeClaimSpec, Always()]]


class PersistentVolumeClaimSpec(TypedDict, total=False):
    accessModes: Annotated[list[str], Atomic()]
    dataSource: TypedLocalObjectReference
    dataSourceRef: TypedObjectReference
    resources: Annotated[VolumeResourceRequirements, Always()]
    selector: LabelSelector
    storageClassName: str | None
    volumeAttributesClassName: str | None
    volumeMode: Annotated[str | None, Default("Filesystem")]
    volumeName: str


class VolumeResourceRequirements(TypedDict, total=False):
    limits: dict[str, Quantity]
    requests: dict[str, Quantity]


class FCVolumeSource(TypedDict, total=False):
    fsType: str
    lun: Int32 | None
    readOnly: bool
    targetWWNs: Annotated[list[str], Atomic()]
    wwids: Annotated[list[str], Atomic()]


class FlexPersistentVolumeSource(TypedDict, total=False):
    driver: Required[str]
    fsType: str
    options: dict[str, str]
    readOnly: bool
    secretRef: SecretReference


class FlexVolumeSource(TypedDict, total=False):
    driver: Required[str]
    fsType: str
    options: dict[str, str]
    readOnly: bool
    secretRef: LocalObjectReference


class FlockerVolumeSource(TypedDict, total=False):
    datasetName: str
    datasetUUID: str


class GCEPersistentDiskVolumeSource(TypedDict, total=False):
    fsType: str
    partition: Int32
    pdName: Required[str]
    readOnly: bool


class GitRepoVolumeSource(TypedDict, total=False):
    directory: str
    repository: Required[str]
    revision: str


class GlusterfsPersistentVolumeSource(TypedDict, total=False):
    endpoints: Required[str]
    endpointsNamespace: str | None
    path: Required[str]
    readOnly: bool


class GlusterfsVolumeSource(TypedDict, total=False):
    endpoints: Required[str]
    path: Required[str]
    readOnly: bool


class HostPathVolumeSource(TypedDict, total=False):
    path: Required[str]
    type: Annotated[str | None, Default("")]


class ISCSIPersistentVolumeSource(TypedDict, total=False):
    chapAuthDiscovery: bool
    chapAuthSession: bool
    fsType: str
    initiatorName: str | None
    iqn: Required[str]
    iscsiInterface: Annotated[str, Default("default")]
    lun: Required[Int32]
    portals: Annotated[list[str], Atomic()]
    readOnly: bool
    secretRef: SecretReference
    targetPortal: Required[str]


class ISCSIVolumeSource(TypedDict, total=False):
    chapAuthDiscovery: bool
    chapAuthSession: bool
    fsType: str
    initiatorName: str | None
    iqn: Required[str]
    iscsiInterface: Annotated[str, Default("default")]
    lun: Required[Int32]
    portals: Annotated[list[str], Atomic()]
    readOnly: bool
    secretRef: LocalObjectReference
    targetPortal: Required[str]


class ImageVolumeSource(TypedDict, total=False):
    pullPolicy: str
    reference: str


class LocalVolumeSource(TypedDict, total=False):
    fsType: str | None
    path: Required[str]


class NFSVolumeSource(TypedDict, total=False):
    path: Required[str]
    readOnly: bool
    server: Required[str]


class PersistentVolumeClaimVolumeSource(TypedDict, total=False):
    claimName: Required[str]
    readOnly: bool


class PhotonPersistentDiskVolumeSource(TypedDict, total=False):
    fsType: str
    pdID: Required[str]


class PodCertificateProjection(TypedDict, total=False):
    certificateChainPath: str
    credentialBundlePath: str
    keyPath: str
    keyType: Required[str]
    maxExpirationSeconds: Int32 | None
    signerName: Required[str]
    userAnnotations: dict[str, str]


class PortworxVolumeSource(TypedDict, total=False):
    fsType: str
    readOnly: bool
    volumeID: Required[str]


class ProjectedVolumeSource(TypedDict, total=False):
    defaultMode: Annotated[Int32 | None, Default(420)]
    sources: Annotated[list[VolumeProjection], Atomic(), Always()]


class VolumeProjection(TypedDict, total=False):
    clusterTrustBundle: ClusterTrustBundleProjection
    configMap: ConfigMapProjection
    downwardAPI: DownwardAPIProjection
    podCertificate: PodCertificateProjection
    secret: SecretProjection
    serviceAccountToken: ServiceAccountTokenProjection


class SecretProjection(TypedDict, total=False):
    items: Annotated[list[KeyToPath], Atomic()]
    name: str
    optional: bool | None


class ServiceAccountTokenProjection(TypedDict, total=False):
    audience: str
    expirationSeconds: Annotated[Int64 | None, Default(3600)]
    path: Required[str]


class QuobyteVolumeSource(TypedDict, total=False):
    group: str
    readOnly: bool
    registry: Required[str]
    tenant: str
    user: str
    volume: Required[str]


class RBDPersistentVolumeSource(TypedDict, total=False):
    fsType: str
    image: Required[str]
    keyring: Annotated[str, Default("/etc/ceph/keyring")]
    monitors: Required[Annotated[list[str], Atomic()]]
    pool: Annotated[str, Default("rbd")]
    readOnly: bool
    secretRef: SecretReference
    user: Annotated[str, Default("admin")]


class RBDVolumeSource(TypedDict, total=False):
    fsType: str
    image: Required[str]
    keyring: Annotated[str, Default("/etc/ceph/keyring")]
    monitors: Required[Annotated[list[str], Atomic()]]
    pool: Annotated[str, Default("rbd")]
    readOnly: bool
    secretRef: LocalObjectReference
    user: Annotated[str, Default("admin")]


class ScaleIOPersistentVolumeSource(TypedDict, total=False):
    fsType: Annotated[str, Default("xfs")]
    gateway: Required[str]
    protectionDomain: str
    readOnly: bool
    secretRef: Required[SecretReference]
    sslEnabled: bool
    storageMode: Annotated[str, Default("ThinProvisioned")]
    storagePool: str
    system: Required[str]
    volumeName: str


class ScaleIOVolumeSource(TypedDict, total=False):
    fsType: Annotated[str, Default("xfs")]
    gateway: Required[str]
    protectionDomain: str
    readOnly: bool
    secretRef: Required[LocalObjectReference]
    sslEnabled: bool
    storageMode: Annotated[str, Default("ThinProvisioned")]
    storagePool: str
    system: Required[str]
    volumeName: str


class SecretVolumeSource(TypedDict, total=False):
    defaultMode: Annotated[Int32 | None, Default(420)]
    items: Annotated[list[KeyToPath], Atomic()]
    optional: bool | None
    secretName: str


class StorageOSPersistentVolumeSource(TypedDict, total=False):
    fsType: str
    readOnly: bool
    secretRef: ObjectReference
    volumeName: str
    volumeNamespace: str


class StorageOSVolumeSource(TypedDict, total=False):
    fsType: str
    readOnly: bool
    secretRef: LocalObjectReference
    volumeName: str
    volumeNamespace: str


class Volume(TypedDict, total=False):
    awsElasticBlockStore: AWSElasticBlockStoreVolumeSource
    azureDisk: AzureDiskVolumeSource
    azureFile: AzureFileVolumeSource
    cephfs: CephFSVolumeSource
    cinder: CinderVolumeSource
    configMap: ConfigMapVolumeSource
    csi: CSIVolumeSource
    downwardAPI: DownwardAPIVolumeSource
    emptyDir: EmptyDirVolumeSource
    ephemeral: EphemeralVolumeSource
    fc: FCVolumeSource
    flexVolume: FlexVolumeSource
    flocker: FlockerVolumeSource
    gcePersistentDisk: GCEPersistentDiskVolumeSource
    gitRepo: GitRepoVolumeSource
    glusterfs: GlusterfsVolumeSource
    hostPath: HostPathVolumeSource
    image: ImageVolumeSource
    iscsi: ISCSIVolumeSource
    name: Required[str]
    nfs: NFSVolumeSource
    persistentVolumeClaim: PersistentVolumeClaimVolumeSource
    photonPersistentDisk: PhotonPersistentDiskVolumeSource
    portworxVolume: PortworxVolumeSource
    projected: ProjectedVolumeSource
    quobyte: QuobyteVolumeSource
    rbd: RBDVolumeSource
    scaleIO: ScaleIOVolumeSource
    secret: SecretVolumeSource
    storageos: StorageOSVolumeSource
    vsphereVolume: VsphereVirtualDiskVolumeSource


class VsphereVirtualDiskVolumeSource(TypedDict, total=False):
    fsType: str
    storagePolicyID: str
    storagePolicyName: str
    volumePath: Required[str]
