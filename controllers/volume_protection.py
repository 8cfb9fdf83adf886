"""Claims and volumes that are deleted while they are in use stay until they are not.

Both get a finalizer when they are created (the admission plugin StorageObjectInUseProtection sees to that; what is
older gets it here). It is taken away from a claim that is going once no pod with a node names it, and from a volume
that is going once it is not bound. Counterparts: pkg/controller/volume/pvcprotection and pvprotection.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.object import Json, is_deleting, key_of, name_of, namespace_of, object_key
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced

CLAIM_FINALIZER = "kubernetes.io/pvc-protection"
VOLUME_FINALIZER = "kubernetes.io/pv-protection"
_CLAIMS, _VOLUMES, _PODS = "persistentvolumeclaims", "persistentvolumes", "pods"
_BY_CLAIM = "claim"


def claims_of(pod: Json) -> list[str]:
    """The names of the claims that a pod uses, those that are made for it among them."""
    names = []
    for volume in (pod.get("spec") or {}).get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            names.append(volume["persistentVolumeClaim"].get("claimName") or "")
        elif volume.get("ephemeral"):
            names.append(f"{name_of(pod)}-{volume.get('name', '')}")
    return names


def _claim_keys(pod: Json) -> Iterable[str]:
    """A pod without a node does not count: no kubelet starts it with a claim that is going."""
    if not (pod.get("spec") or {}).get("nodeName"):
        return ()
    return (object_key(namespace_of(pod), name) for name in claims_of(pod))


def protected(obj: Json, finalizer: str, *, in_use: bool) -> Json | None:
    """The object with the finalizer that it should have, or without the one that it should not; None if it is right."""
    held = list(obj["metadata"].get("finalizers") or ())
    if is_deleting(obj):
        if finalizer not in held or in_use:
            return None
        held.remove(finalizer)
    elif finalizer in held:
        return None
    else:
        held.append(finalizer)
    return {**obj, "metadata": {**obj["metadata"], "finalizers": held}}


class ClaimProtection:
    """Keys are claims."""

    def __init__(self, context: Context):
        self._client = context.client
        self._queue = context.queue("pvcprotection")
        self._claims, self._pods = (context.informers.informer(kind) for kind in (_CLAIMS, _PODS))
        self._pods.add_indexer(_BY_CLAIM, _claim_keys)
        self._claims.add_handler(self._add, lambda new, old: self._add(new), lambda claim: None)
        self._pods.add_handler(self._pod_changed, lambda new, old: self._pod_changed(old), self._pod_changed)

    async def run(self) -> None:
        await wait_synced(self._claims, self._pods)
        await run_workers("pvc-protection-controller", self._queue, self.reconcile)

    def _add(self, claim: Json) -> None:
        self._queue.add(key_of(claim))

    def _pod_changed(self, pod: Json) -> None:
        for name in claims_of(pod):
            self._queue.add(object_key(namespace_of(pod), name))

    async def reconcile(self, key: str) -> float | None:
        claim = self._claims.get(key)
        if claim is None:
            return None
        wanted = protected(claim, CLAIM_FINALIZER, in_use=bool(self._pods.by_index(_BY_CLAIM, key)))
        if wanted is not None:
            await self._client.update(_CLAIMS, wanted)
        return None


class VolumeProtection:
    """Keys are volumes."""

    def __init__(self, context: Context):
        self._client = context.client
        self._queue = context.queue("pvprotection")
        self._volumes = context.informers.informer(_VOLUMES)
        self._volumes.add_handler(self._add, lambda new, old: self._add(new), lambda volume: None)

    async def run(self) -> None:
        await wait_synced(self._volumes)
        await run_workers("pv-protection-controller", self._queue, self.reconcile)

    def _add(self, volume: Json) -> None:
        self._queue.add(key_of(volume))

    async def reconcile(self, key: str) -> float | None:
        volume = self._volumes.get(key)
        if volume is None:
            return None
        bound = (volume.get("status") or {}).get("phase") == "Bound"
        wanted = protected(volume, VOLUME_FINALIZER, in_use=bound)
        if wanted is not None:
            await self._client.update(_VOLUMES, wanted)
        return None


def claim_protection(context: Context) -> ClaimProtection:
    return ClaimProtection(context)


def volume_protection(context: Context) -> VolumeProtection:
    return VolumeProtection(context)
