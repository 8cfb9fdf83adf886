"""Reads pods out of the runtime: all of them cheaply, or one of them in full.

    listing()      two list calls: which sandboxes and containers there are, in which state → PLEG compares
    inspect(uid)   the same for one pod, and the status of each of its containers → PodRuntime

What has ended no longer changes, so its status is asked for once. Counterpart: kuberuntime's GetPods, GetPodStatus.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from pybernetes.kubelet.runtime import labels
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import NotFound
from pybernetes.kubelet.runtime.types import Container, ContainerState, Sandbox, SandboxState
from pybernetes.kubelet.runtime_status import PodContainer, PodRuntime
from pybernetes.kubelet.termination_message import termination_message


@dataclass(frozen=True, slots=True)
class PodListing:
    """What a listing shows of one pod; equal listings mean that nothing has happened."""

    namespace: str
    name: str
    sandboxes: tuple[tuple[str, SandboxState], ...]
    containers: tuple[tuple[str, ContainerState], ...]

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of containers that run."""
        return tuple(each for each, state in self.containers if state is ContainerState.RUNNING)


class RuntimeView:
    """Pods as the runtime has them."""

    def __init__(self, runtime: Runtime):
        self._runtime = runtime
        self._ended: dict[str, PodContainer] = {}

    async def listing(self) -> dict[str, PodListing]:
        """Every pod by uid. Raises RuntimeFailure."""
        sandboxes, containers = await asyncio.gather(
            self._runtime.list_pod_sandboxes(), self._runtime.list_containers()
        )
        present = {container.id for container in containers}
        for gone in [each for each in self._ended if each not in present]:
            del self._ended[gone]
        return group_by_pod(sandboxes, containers)

    async def inspect(self, uid: str) -> PodRuntime:
        """One pod in full. Raises RuntimeFailure."""
        wanted = {labels.POD_UID: uid}
        sandboxes, containers = await asyncio.gather(
            self._runtime.list_pod_sandboxes(labels=wanted), self._runtime.list_containers(labels=wanted)
        )
        sandboxes.sort(key=lambda sandbox: sandbox.created_at_ns, reverse=True)
        containers.sort(key=lambda container: container.created_at_ns, reverse=True)
        found = await asyncio.gather(*(self._container(container) for container in containers))
        current = None
        if sandboxes:
            try:
                current = await self._runtime.pod_sandbox_status(sandboxes[0].id)
            except NotFound:
                sandboxes = sandboxes[1:]
        owner = labels.owner(sandboxes[0].labels if sandboxes else containers[0].labels if containers else {})
        return PodRuntime(
            uid=uid,
            namespace=owner.namespace if owner else "",
            name=owner.pod if owner else "",
            sandboxes=tuple(sandboxes),
            current=current,
            containers=tuple(container for container in found if container is not None),
        )

    async def _container(self, listed: Container) -> PodContainer | None:
        """None for one that vanished between the listing and the question."""
        known = self._ended.get(listed.id)
        if known is not None:
            return known
        try:
            status = await self._runtime.container_status(listed.id)
        except NotFound:
            return None
        remembered = labels.remembered(status.annotations or listed.annotations)
        ended = status.state is ContainerState.EXITED
        message = termination_message(status, remembered) if ended else ""
        found = PodContainer(listed.sandbox_id, status, remembered, message)
        if ended:
            self._ended[listed.id] = found
        return found

    async def process_of(self, container_id: str) -> int:
        """The pid of a running container's first process on this machine; 0 if it is not known."""
        try:
            status = await self._runtime.container_status(container_id, verbose=True)
        except NotFound:
            return 0
        details = status.info.get("info")
        return int(details.get("pid") or 0) if isinstance(details, Mapping) else 0


def group_by_pod(sandboxes: list[Sandbox], containers: list[Container]) -> dict[str, PodListing]:
    """Listings by pod uid. Pure. What carries no pod's labels is somebody else's."""
    names: dict[str, tuple[str, str]] = {}
    of_sandboxes: dict[str, list[tuple[str, SandboxState]]] = {}
    of_containers: dict[str, list[tuple[str, ContainerState]]] = {}
    for sandbox in sandboxes:
        owner = labels.owner(sandbox.labels)
        if owner is not None:
            names[owner.uid] = (owner.namespace, owner.pod)
            of_sandboxes.setdefault(owner.uid, []).append((sandbox.id, sandbox.state))
    for container in containers:
        owner = labels.owner(container.labels)
        if owner is not None:
            names.setdefault(owner.uid, (owner.namespace, owner.pod))
            of_containers.setdefault(owner.uid, []).append((container.id, container.state))
    return {
        uid: PodListing(
            namespace, name, tuple(sorted(of_sandboxes.get(uid, ()))), tuple(sorted(of_containers.get(uid, ())))
        )
        for uid, (namespace, name) in names.items()
    }
