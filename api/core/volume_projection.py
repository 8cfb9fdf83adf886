"""Volumes of files: those of config maps, secrets, the pod's own data and tokens, and all of them in one directory."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.env import ObjectFieldSelector, ResourceFieldSelector
from pybernetes.api.meta.label_selector import LabelSelector
from pybernetes.api.scalars import Int32, Int64
from pybernetes.api.schema.marks import Always, Atomic, Default


class ConfigMapProjection(TypedDict, total=False):
    """Files from the keys of a config map."""

    items: Annotated[list[KeyToPath], Atomic()]
    "Which keys become which files; by default each becomes a file of its name."
    name: str
    "The config map, of the pod's namespace."
    optional: bool | None
    "Whether the pod starts if the config map or a key is missing."


class ConfigMapVolumeSource(ConfigMapProjection, total=False):
    """Files from the keys of a config map, which follow its changes."""

    defaultMode: Annotated[Int32 | None, Default(420)]
    "The permission bits of the files, as a number: 420 is 0644 in octal."


class SecretProjection(TypedDict, total=False):
    """Files from the keys of a secret."""

    items: Annotated[list[KeyToPath], Atomic()]
    "Which keys become which files; by default each becomes a file of its name."
    name: str
    "The secret, of the pod's namespace."
    optional: bool | None
    "Whether the pod starts if the secret or a key is missing."


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


class KeyToPath(TypedDict, total=False):
    """The file that one key becomes."""

    key: Required[str]
    "The key whose value becomes the file."
    mode: Int32 | None
    "The permission bits of the file, in place of the volume's default."
    path: Required[str]
    "The path of the file within the volume, relative and without '..'."


class DownwardAPIProjection(TypedDict, total=False):
    """Files with data about the pod."""

    items: Annotated[list[DownwardAPIVolumeFile], Atomic()]
    "The files."


class DownwardAPIVolumeSource(DownwardAPIProjection, total=False):
    """Files with data about the pod, which follow its changes."""

    defaultMode: Annotated[Int32 | None, Default(420)]
    "The permission bits of the files, as a number: 420 is 0644 in octal."


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


class ServiceAccountTokenProjection(TypedDict, total=False):
    """A token of the pod's service account, renewed by the kubelet before it ends."""

    audience: str
    "Who the token is for; the API server by default. Others must refuse it."
    expirationSeconds: Annotated[Int64 | None, Default(3600)]
    "For how many seconds a token is good. At least 600."
    path: Required[str]
    "The path of the file within the volume."


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
