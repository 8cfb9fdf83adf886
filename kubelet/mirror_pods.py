"""The API objects that show static pods, so that everybody sees what runs here.

A mirror pod only shows: changing it changes nothing, and deleting it makes a new one. It goes for good when the
static pod's file does. Counterpart: pkg/kubelet/pod/mirror_client.go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from pybernetes.api.errors import APIError, is_already_exists, is_not_found
from pybernetes.api.object import Json, annotations_of, deep_copy, is_deleting, key_of, name_of, namespace_of, uid_of
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.kubelet.owned_tasks import Spawn
from pybernetes.kubelet.pod_spec import CONFIG_HASH, CONFIG_MIRROR
from pybernetes.kubelet.status_manager import StatusManager

log = logging.getLogger(__name__)


def mirror_of(pod: Json, node: Json) -> Json:
    """The API object that shows a static pod. It belongs to the node, and goes with it. Pure."""
    mirror: Json = deep_copy(pod)
    metadata = mirror["metadata"]
    metadata.pop("uid")
    metadata["annotations"][CONFIG_MIRROR] = metadata["annotations"][CONFIG_HASH]
    if uid_of(node):
        owner = {"apiVersion": "v1", "kind": "Node", "name": name_of(node), "uid": uid_of(node), "controller": True}
        metadata["ownerReferences"] = [owner]
    mirror.pop("status", None)
    return mirror


def is_mirror_of(mirror: Json, pod: Json) -> bool:
    return annotations_of(mirror).get(CONFIG_MIRROR) == annotations_of(pod).get(CONFIG_HASH)


class MirrorPods:
    """Keeps a mirror for each of the static pods in `static`, which is by uid."""

    def __init__(
        self,
        client: Client,
        static: Mapping[str, Json],
        statuses: StatusManager,
        spawn: Spawn,
        *,
        node: Callable[[], Json],
        in_api: Callable[[str], Json | None],
    ):
        self._client = client
        self._static = static
        self._statuses = statuses
        self._spawn = spawn
        self._node = node
        self._in_api = in_api

    def seen(self, mirror: Json) -> None:
        """The API has this mirror pod."""
        shown = next((pod for pod in self._static.values() if is_mirror_of(mirror, pod)), None)
        if shown is not None and not is_deleting(mirror):
            self._statuses.observe(mirror, shows=uid_of(shown))
        else:
            self._spawn(self._replace(mirror), name=f"mirror pod {key_of(mirror)}")

    def gone(self, mirror: Json) -> None:
        """The API has this mirror pod no more: made again, if its static pod is still there."""
        self._spawn(self.keep(), name=f"mirror pod {key_of(mirror)}")

    async def _replace(self, mirror: Json) -> None:
        try:
            await self._drop(mirror)
        except (APIError, TransportError) as error:
            log.warning("mirror pod not removed yet", extra={"pod": key_of(mirror), "error": str(error)})
        await self.keep()

    async def keep(self) -> None:
        """Make the mirror pods that are missing; what fails is tried at the next look."""
        try:
            await self._keep()
        except (APIError, TransportError) as error:
            log.warning("mirror pods not written", extra={"error": str(error)})

    async def _keep(self) -> None:
        for pod in list(self._static.values()):
            mirror = self._in_api(key_of(pod))
            if mirror is not None and is_mirror_of(mirror, pod) and not is_deleting(mirror):
                continue
            if mirror is not None:
                await self._drop(mirror)
            try:
                await self._client.create("pods", mirror_of(pod, self._node()))
            except APIError as error:
                if not is_already_exists(error):
                    raise

    async def _drop(self, mirror: Json) -> None:
        name, namespace = name_of(mirror), namespace_of(mirror)
        try:
            await self._client.delete("pods", name, namespace, uid=uid_of(mirror), grace_seconds=0)
        except APIError as error:
            if not is_not_found(error):
                raise
