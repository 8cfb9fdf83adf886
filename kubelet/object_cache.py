"""The config maps, secrets, claims and volumes that pods on this node refer to, each followed by a watch of its own.

    pod appears   → register(pod): a counted reference to each object; the first one starts a watch
    get(…)        → from the watch's cache, once it has its first answer
    object changes → on_change(uids of the pods that refer to it)
    pod goes      → unregister(uid): the last reference ends the watch

A node may read only what its pods refer to, so there is no watch over all. Counterpart: the watch-based manager of
pkg/kubelet/util/manager.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pybernetes.api.errors import is_not_found
from pybernetes.api.object import Json, namespace_of, object_key, uid_of
from pybernetes.client.client import Client
from pybernetes.client.informer import Informer
from pybernetes.component.clock import Clock
from pybernetes.kubelet.environment import referenced
from pybernetes.kubelet.owned_tasks import Spawn
from pybernetes.kubelet.pod_spec import all_containers, spec_of

Reference = tuple[str, str, str]
_FIRST_ANSWER_SECONDS = 1.0


def references(pod: Json) -> set[Reference]:
    """(resource, namespace, name) of every config map and secret that the pod names."""
    namespace = namespace_of(pod)
    found = {("secrets", namespace, each.get("name") or "") for each in spec_of(pod).get("imagePullSecrets") or ()}
    for _, container in all_containers(pod):
        found |= {(resource, namespace, name) for resource, name in referenced(container)}
    for volume in spec_of(pod).get("volumes") or ():
        found |= {(resource, namespace, name) for resource, name in _of_volume(volume)}
    return {reference for reference in found if reference[2]}


def _of_volume(volume: Json) -> Iterator[tuple[str, str]]:
    if volume.get("configMap"):
        yield "configmaps", volume["configMap"].get("name") or ""
    if volume.get("secret"):
        yield "secrets", volume["secret"].get("secretName") or ""
    for source in (volume.get("projected") or {}).get("sources") or ():
        if source.get("configMap"):
            yield "configmaps", source["configMap"].get("name") or ""
        if source.get("secret"):
            yield "secrets", source["secret"].get("name") or ""


@dataclass
class _Watched:
    informer: Informer
    task: asyncio.Task[None]
    pods: set[str] = field(default_factory=set)


class ObjectCache:
    """Follows what registered pods refer to.."""

    def __init__(self, client: Client, clock: Clock, spawn: Spawn, on_change: Callable[[str], None]):
        self._client = client
        self._spawn = spawn
        self._clock = clock
        self._on_change = on_change
        self._watched: dict[Reference, _Watched] = {}
        self._pods: dict[str, set[Reference]] = {}

    def register(self, pod: Json) -> None:
        """Follow what the pod refers to now, and no more what it referred to before."""
        uid, wanted = uid_of(pod), references(pod)
        before = self._pods.get(uid, set())
        self._pods[uid] = wanted
        for reference in wanted - before:
            self._watch(reference).pods.add(uid)
        self._release(uid, before - wanted)

    def unregister(self, uid: str) -> None:
        self._release(uid, self._pods.pop(uid, set()))

    def _watch(self, reference: Reference) -> _Watched:
        found = self._watched.get(reference)
        if found is None:
            kind, namespace, name = reference
            informer = Informer(
                self._client, kind, namespace=namespace, field_selector=f"metadata.name={name}", clock=self._clock
            )
            task = self._spawn(informer.run(), name=f"watch {kind} {namespace}/{name}")
            found = self._watched[reference] = _Watched(informer, task)
            informer.add_handler(
                on_add=lambda _: self._changed(reference),
                on_update=lambda _, __: self._changed(reference),
                on_delete=lambda _: self._changed(reference),
            )
        return found

    def _changed(self, reference: Reference) -> None:
        watched = self._watched.get(reference)
        if watched is not None and watched.informer.has_synced:
            for uid in tuple(watched.pods):
                self._on_change(uid)

    def _release(self, uid: str, gone: set[Reference]) -> None:
        for reference in gone:
            watched = self._watched[reference]
            watched.pods.discard(uid)
            if not watched.pods:
                watched.task.cancel()
                del self._watched[reference]

    async def get(self, kind: str, namespace: str, name: str) -> Json | None:
        """The object, or None. What no pod registered, or what a watch cannot tell yet, is asked for.

        Raises `APIError`, `TransportError`.
        """
        watched = self._watched.get((kind, namespace, name))
        if watched is not None:
            try:
                async with asyncio.timeout(_FIRST_ANSWER_SECONDS):
                    await watched.informer.wait_synced()
            except TimeoutError:
                pass  # the direct question below says what is wrong
            else:
                return watched.informer.get(object_key(namespace, name))
        try:
            return await self._client.get(kind, name, namespace)
        except Exception as error:
            if is_not_found(error):
                return None
            raise
