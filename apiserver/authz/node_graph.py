"""Which objects the pods of each node use.

    pod ──▶ node            pod ──▶ secret, config map, service account, claim, resource claim
    volume ──▶ claim        volume ──▶ secret            attachment, resource slice ──▶ node

Kubernetes keeps this as a graph and walks it at each request. Here the answer is kept ready: for every object, how
many pods of which node use it, so that a request is one or two look-ups and a pod's change costs as much as the pod
has references. What a pod refers to cannot change but in a few fields, so that most updates of pods are dismissed
by comparing those.

A mirror pod (the API's image of a file on the node) gives its node nothing but itself: a node could otherwise make
one that refers to any secret and then read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pybernetes.api.object import Json, annotations_of, name_of, namespace_of, uid_of
from pybernetes.apiserver.reader import Reader

MIRROR_POD_ANNOTATION = "kubernetes.io/config.mirror"

Target = tuple[str, str, str]  # resource, namespace, name

ATTACHMENTS = "volumeattachments.storage.k8s.io"
SLICES = "resourceslices.resource.k8s.io"
CLAIMS = "resourceclaims.resource.k8s.io"


class NodeGraph:
    """Follows pods, volumes, attachments and slices; answers who uses what."""

    def __init__(self, reader: Reader):
        self._users: dict[Target, dict[str, int]] = {}
        self._claim_of_volume: dict[str, Target] = {}
        self._volumes_with_secret: dict[Target, set[str]] = {}
        reader.subscribe("pods", self._pod_changed)
        reader.subscribe("persistentvolumes", self._volume_changed)
        reader.subscribe(ATTACHMENTS, self._node_object_changed(ATTACHMENTS))
        reader.subscribe(SLICES, self._node_object_changed(SLICES))

    def uses(self, node_name: str, resource: str, namespace: str, name: str) -> bool:
        """Whether a pod of the node uses the object, or it belongs to the node itself."""
        target = (resource, namespace, name)
        if node_name in self._users.get(target, ()):
            return True
        if resource == "persistentvolumes":
            return self._uses_volume(node_name, name)
        if resource == "secrets":
            return any(self._uses_volume(node_name, volume) for volume in self._volumes_with_secret.get(target, ()))
        return False

    def _uses_volume(self, node_name: str, volume: str) -> bool:
        claim = self._claim_of_volume.get(volume)
        return claim is not None and node_name in self._users.get(claim, ())

    def _pod_changed(self, key: str, new: Json | None, old: Json | None) -> None:
        before = _node_of(old) if old is not None else ""
        now = _node_of(new) if new is not None else ""
        if new is not None and old is not None and (before or now) and not _may_refer_otherwise(new, old):
            return
        if old is not None and before:
            self._count(before, pod_references(old), -1)
        if new is not None and now:
            self._count(now, pod_references(new), 1)

    def _volume_changed(self, key: str, new: Json | None, old: Json | None) -> None:
        if old is not None:
            self._claim_of_volume.pop(key, None)
            for secret in volume_secrets(old):
                volumes = self._volumes_with_secret.get(secret, set())
                volumes.discard(key)
                if not volumes:
                    self._volumes_with_secret.pop(secret, None)
        claim = ((new or {}).get("spec") or {}).get("claimRef")
        if new is not None and claim:
            self._claim_of_volume[key] = ("persistentvolumeclaims", claim.get("namespace", ""), claim.get("name", ""))
            for secret in volume_secrets(new):
                self._volumes_with_secret.setdefault(secret, set()).add(key)

    def _node_object_changed(self, resource: str) -> Callable[[str, Json | None, Json | None], None]:
        def changed(key: str, new: Json | None, old: Json | None) -> None:
            for obj, change in ((old, -1), (new, 1)):
                if obj is not None:
                    self._count(_node_of(obj), ((resource, "", key),), change)

        return changed

    def _count(self, node_name: str, targets: Iterable[Target], change: int) -> None:
        if not node_name:
            return
        for target in targets:
            by_node = self._users.setdefault(target, {})
            count = by_node.get(node_name, 0) + change
            if count > 0:
                by_node[node_name] = count
                continue
            by_node.pop(node_name, None)
            if not by_node:
                del self._users[target]


def pod_references(pod: Json) -> set[Target]:
    """The pod itself and everything it uses."""
    namespace, spec = namespace_of(pod), pod.get("spec") or {}
    found: set[Target] = {("pods", namespace, name_of(pod))}
    if MIRROR_POD_ANNOTATION in annotations_of(pod):
        return found
    account = spec.get("serviceAccountName")
    if account:
        found.add(("serviceaccounts", namespace, account))
    for resource, name in _spec_references(spec, name_of(pod)):
        found.add((resource, namespace, name))
    for status in (pod.get("status") or {}).get("resourceClaimStatuses") or ():
        if status.get("resourceClaimName"):
            found.add((CLAIMS, namespace, status["resourceClaimName"]))
    return found


def _spec_references(spec: Json, pod_name: str) -> Iterator[tuple[str, str]]:
    for secret in spec.get("imagePullSecrets") or ():
        if secret.get("name"):
            yield "secrets", secret["name"]
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(field) or ():
            yield from _container_references(container)
    for volume in spec.get("volumes") or ():
        yield from _volume_references(volume, pod_name)
    for claim in spec.get("resourceClaims") or ():
        if claim.get("resourceClaimName"):
            yield CLAIMS, claim["resourceClaimName"]


def _container_references(container: Json) -> Iterator[tuple[str, str]]:
    for source in container.get("envFrom") or ():
        yield from _named(source, "secretRef", "configMapRef")
    for variable in container.get("env") or ():
        yield from _named(variable.get("valueFrom") or {}, "secretKeyRef", "configMapKeyRef")


def _named(source: Json, secret_field: str, config_map_field: str) -> Iterator[tuple[str, str]]:
    for field, resource in ((secret_field, "secrets"), (config_map_field, "configmaps")):
        name = (source.get(field) or {}).get("name")
        if name:
            yield resource, name


def _volume_references(volume: Json, pod_name: str) -> Iterator[tuple[str, str]]:
    for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
        secret = source.get("secret") or {}
        name = secret.get("secretName") or secret.get("name")
        if name:
            yield "secrets", name
        if (source.get("configMap") or {}).get("name"):
            yield "configmaps", source["configMap"]["name"]
    claim = volume.get("persistentVolumeClaim") or {}
    if claim.get("claimName"):
        yield "persistentvolumeclaims", claim["claimName"]
    if volume.get("ephemeral"):
        yield "persistentvolumeclaims", f"{pod_name}-{volume.get('name', '')}"
    if (volume.get("azureFile") or {}).get("secretName"):
        yield "secrets", volume["azureFile"]["secretName"]
    for kind, field in _SECRETS_IN_VOLUMES:
        name = ((volume.get(kind) or {}).get(field) or {}).get("name")
        if name:
            yield "secrets", name


# Where the sources of volumes name a secret; the CSI fields that only controllers use are not the node's business.
_SECRETS_IN_VOLUMES = (
    ("csi", "nodePublishSecretRef"),
    ("iscsi", "secretRef"),
    ("rbd", "secretRef"),
    ("cephfs", "secretRef"),
    ("cinder", "secretRef"),
    ("flexVolume", "secretRef"),
    ("scaleIO", "secretRef"),
    ("storageos", "secretRef"),
)
_SECRETS_IN_PERSISTENT_VOLUMES = (
    *_SECRETS_IN_VOLUMES,
    ("csi", "nodeStageSecretRef"),
    ("csi", "nodeExpandSecretRef"),
)


def volume_secrets(volume: Json) -> set[Target]:
    """The secrets that a node needs to mount a persistent volume."""
    spec = volume.get("spec") or {}
    claim_namespace = (spec.get("claimRef") or {}).get("namespace") or ""
    found: set[Target] = set()
    for kind, field in _SECRETS_IN_PERSISTENT_VOLUMES:
        secret = (spec.get(kind) or {}).get(field) or {}
        if secret.get("name"):
            found.add(("secrets", secret.get("namespace") or claim_namespace, secret["name"]))
    azure = spec.get("azureFile") or {}
    if azure.get("secretName"):
        found.add(("secrets", azure.get("secretNamespace") or claim_namespace, azure["secretName"]))
    return found


def _node_of(obj: Json) -> str:
    return str((obj.get("spec") or {}).get("nodeName") or "")


def _may_refer_otherwise(new: Json, old: Json) -> bool:
    """Whether anything changed of what a pod's references follow from."""
    return (
        _node_of(new) != _node_of(old)
        or uid_of(new) != uid_of(old)
        or (new.get("spec") or {}).get("ephemeralContainers") != (old.get("spec") or {}).get("ephemeralContainers")
        or (new.get("status") or {}).get("resourceClaimStatuses")
        != (old.get("status") or {}).get("resourceClaimStatuses")
        or (MIRROR_POD_ANNOTATION in annotations_of(new)) != (MIRROR_POD_ANNOTATION in annotations_of(old))
    )
