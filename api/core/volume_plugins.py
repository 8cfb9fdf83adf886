"""Volumes of storage systems that Kubernetes once served by plugins of its own. CSI drivers have taken their place."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.reference import LocalObjectReference, ObjectReference, SecretReference
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Atomic, Default


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


class AzureFileVolumeSource(TypedDict, total=False):
    """A file share of Azure."""

    readOnly: bool
    "Whether it is mounted read-only."
    secretName: Required[str]
    "The secret with the name and the key of the storage account."
    shareName: Required[str]
    "The name of the share."


class AzureFilePersistentVolumeSource(AzureFileVolumeSource, total=False):
    """A file share of Azure."""

    secretNamespace: str | None
    "The namespace of the secret; that of the claim by default."


class CephFSFields(TypedDict, total=False):
    """A Ceph file system."""

    monitors: Required[Annotated[list[str], Atomic()]]
    "The addresses of Ceph's monitors."
    path: str
    "The directory to mount; the root by default."
    readOnly: bool
    "Whether it is mounted read-only."
    secretFile: str
    "The file of the node with the user's key. The default is /etc/ceph/user.secret."
    user: str
    "The user; admin by default."


class CephFSPersistentVolumeSource(CephFSFields, total=False):
    """A Ceph file system."""

    secretRef: SecretReference
    "The secret with the user's key, which outranks the file."


class CephFSVolumeSource(CephFSFields, total=False):
    """A Ceph file system."""

    secretRef: LocalObjectReference
    "The secret with the user's key, which outranks the file."


class CinderFields(TypedDict, total=False):
    """A disk of OpenStack."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    readOnly: bool
    "Whether it is mounted read-only."
    volumeID: Required[str]
    "The id of the disk."


class CinderPersistentVolumeSource(CinderFields, total=False):
    """A disk of OpenStack."""

    secretRef: SecretReference
    "The secret with the credentials for OpenStack."


class CinderVolumeSource(CinderFields, total=False):
    """A disk of OpenStack."""

    secretRef: LocalObjectReference
    "The secret with the credentials for OpenStack."


class FlexFields(TypedDict, total=False):
    """Storage of an executable plugin."""

    driver: Required[str]
    "The name of the plugin."
    fsType: str
    "The file system of the volume; the plugin's choice by default."
    options: dict[str, str]
    "Settings for the plugin."
    readOnly: bool
    "Whether it is mounted read-only."


class FlexPersistentVolumeSource(FlexFields, total=False):
    """Storage of an executable plugin."""

    secretRef: SecretReference
    "The secret whose contents are handed to the plugin."


class FlexVolumeSource(FlexFields, total=False):
    """Storage of an executable plugin."""

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


class GlusterfsVolumeSource(TypedDict, total=False):
    """A Gluster file system."""

    endpoints: Required[str]
    "The Endpoints object with the servers' addresses."
    path: Required[str]
    "The name of the Gluster volume."
    readOnly: bool
    "Whether it is mounted read-only."


class GlusterfsPersistentVolumeSource(GlusterfsVolumeSource, total=False):
    """A Gluster file system."""

    endpointsNamespace: str | None
    "The namespace of the Endpoints object; that of the claim by default."


class PhotonPersistentDiskVolumeSource(TypedDict, total=False):
    """A Photon disk."""

    fsType: str
    "The file system of the disk, such as ext4, which is the default."
    pdID: Required[str]
    "The id of the disk."


class PortworxVolumeSource(TypedDict, total=False):
    """A Portworx volume."""

    fsType: str
    "The file system of the volume, such as ext4, which is the default."
    readOnly: bool
    "Whether it is mounted read-only."
    volumeID: Required[str]
    "The id of the volume."


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


class RBDFields(TypedDict, total=False):
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
    user: Annotated[str, Default("admin")]
    "The Ceph user that reads the image."


class RBDPersistentVolumeSource(RBDFields, total=False):
    """A Ceph block device."""

    secretRef: SecretReference
    "The secret with the user's key, which outranks the keyring."


class RBDVolumeSource(RBDFields, total=False):
    """A Ceph block device."""

    secretRef: LocalObjectReference
    "The secret with the user's key, which outranks the keyring."


class ScaleIOFields(TypedDict, total=False):
    """A ScaleIO volume."""

    fsType: Annotated[str, Default("xfs")]
    "The file system of the volume."
    gateway: Required[str]
    "The address of the API's gateway."
    protectionDomain: str
    "The protection domain of the storage."
    readOnly: bool
    "Whether it is mounted read-only."
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


class ScaleIOPersistentVolumeSource(ScaleIOFields, total=False):
    """A ScaleIO volume."""

    secretRef: Required[SecretReference]
    "The secret with the credentials to log in with."


class ScaleIOVolumeSource(ScaleIOFields, total=False):
    """A ScaleIO volume."""

    secretRef: Required[LocalObjectReference]
    "The secret with the credentials to log in with."


class StorageOSFields(TypedDict, total=False):
    """A StorageOS volume."""

    fsType: str
    "The file system of the volume, such as ext4, which is the default."
    readOnly: bool
    "Whether it is mounted read-only."
    volumeName: str
    "The name of the volume within its namespace."
    volumeNamespace: str
    "The namespace of the volume in StorageOS; that of the pod by default."


class StorageOSPersistentVolumeSource(StorageOSFields, total=False):
    """A StorageOS volume."""

    secretRef: ObjectReference
    "The secret with the credentials for the API."


class StorageOSVolumeSource(StorageOSFields, total=False):
    """A StorageOS volume."""

    secretRef: LocalObjectReference
    "The secret with the credentials for the API."


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
