"""Starts one container: configuration, creation, start, postStart hook. Counterpart: startContainer of kuberuntime.

    image (ensured before) → environment, mounts, files → CreateContainer → StartContainer → postStart

What goes wrong is a `StartError` with the reason that the container's state then shows.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, namespace_of, uid_of
from pybernetes.client.transport import TransportError
from pybernetes.kubelet.container_config import (
    NodeLimits,
    Prepared,
    container_config,
    file_mounts,
)
from pybernetes.kubelet.environment import ConfigError, Environment, Sources, make_environment, referenced
from pybernetes.kubelet.field_refs import NodeFacts
from pybernetes.kubelet.hosts_file import hosts_file
from pybernetes.kubelet.image_manager import Ensured
from pybernetes.kubelet.lifecycle import HookError, Hooks
from pybernetes.kubelet.paths import Paths
from pybernetes.kubelet.pod_actions import Start
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_record import PodRecord
from pybernetes.kubelet.pod_spec import Kind, is_host_network, spec_of, termination_grace_seconds
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime.types import SandboxConfig
from pybernetes.kubelet.security import image_user
from pybernetes.kubelet.service_environment import service_environment
from pybernetes.kubelet.volumes.manager import VolumeManager
from pybernetes.kubelet.volumes.plugin import Objects

_LOG_NAME = re.compile(r"([0-9]+)\.log.*")


class StartError(Exception):
    """The container did not start. `reason` is what its state says."""

    def __init__(self, reason: str, message: str):
        super().__init__(reason, message)
        self.reason, self.message = reason, message


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What of the node goes into containers."""

    facts: NodeFacts
    limits: NodeLimits
    cluster_domain: str
    host_hosts_file: Path = Path("/etc/hosts")


class ContainerStarter:
    """Starts containers in a sandbox that stands."""

    def __init__(
        self,
        runtime: Runtime,
        hooks: Hooks,
        events: PodEvents,
        objects: Objects,
        volumes: VolumeManager,
        services: Callable[[Json], Awaitable[Iterable[Json]]],
        paths: Paths,
        node: NodeSettings,
    ):
        self._runtime = runtime
        self._hooks = hooks
        self._events = events
        self._objects = objects
        self._volumes = volumes
        self._services = services
        self._paths = paths
        self._node = node

    async def start(self, record: PodRecord, start: Start, image: Ensured, sandbox: SandboxConfig) -> None:
        """Raises `StartError`; a container that was made and did not start is left to the next look."""
        pod, name = record.pod, start.spec["name"]
        attempt = self._restart_count(record, name)
        prepared = await self._prepare(record, start, image, attempt)
        try:
            config = container_config(pod, start.spec, attempt, prepared, self._paths, self._node.limits)
        except ConfigError as error:
            raise StartError("CreateContainerConfigError", str(error)) from error
        self._paths.container_log(pod, name, attempt).parent.mkdir(parents=True, exist_ok=True)
        assert record.runtime.current is not None
        sandbox_id = record.runtime.current.sandbox.id
        try:
            container_id = await self._runtime.create_container(sandbox_id, config, sandbox)
        except (RuntimeFailure, ValueError) as error:
            raise StartError("CreateContainerError", getattr(error, "message", str(error))) from error
        self._events.normal(pod, "Created", "Container created", container=name)
        try:
            await self._runtime.start_container(container_id)
        except RuntimeFailure as error:
            raise StartError("RunContainerError", error.message) from error
        self._events.normal(pod, "Started", "Container started", container=name)
        await self._post_start(record, start.spec, container_id)

    def _restart_count(self, record: PodRecord, name: str) -> int:
        """One more than the newest container had; from the logs where the runtime has forgotten it."""
        newest = record.runtime.find(name)
        if newest is not None:
            return newest.remembered.restart_count + 1
        directory = self._paths.container_log(record.pod, name, 0).parent
        if not directory.is_dir():
            return 0
        found = (_LOG_NAME.fullmatch(entry.name) for entry in directory.iterdir())
        return max((int(each.group(1)) + 1 for each in found if each), default=0)

    async def _prepare(self, record: PodRecord, start: Start, image: Ensured, attempt: int) -> Prepared:
        pod, spec = record.pod, start.spec
        try:
            environment = await self._environment(record, spec)
            mounts = self._volumes.mounts(pod, spec, record.volumes, dict(environment.variables))
        except (ConfigError, APIError, TransportError) as error:
            raise StartError("CreateContainerConfigError", str(error)) from error
        for source, keys in environment.skipped:
            message = f"Keys [{', '.join(keys)}] from the EnvFrom {source} were skipped since they are considered"
            self._events.warning(
                pod, "InvalidEnvironmentVariableNames", f"{message} invalid environment variable names."
            )
        mounts += file_mounts(spec, self._etc_hosts(record), self._termination_log(pod, spec["name"], attempt))
        return Prepared(
            image=image.reference,
            environment=environment.variables,
            mounts=mounts,
            user=image_user(image.image),
            target_id=_target_id(record, start),
        )

    async def _environment(self, record: PodRecord, spec: Json) -> Environment:
        pod = record.pod
        links = spec_of(pod).get("enableServiceLinks")
        services = service_environment(
            await self._services(pod), namespace_of(pod), links=True if links is None else bool(links)
        )
        ips = self._node.facts.host_ips if is_host_network(pod) else record.runtime.ips
        return make_environment(pod, spec, await self._sources(pod, spec), services, self._node.facts, ips)

    async def _sources(self, pod: Json, spec: Json) -> Sources:
        found: dict[str, dict[str, Json]] = {"configmaps": {}, "secrets": {}}
        for kind, name in set(referenced(spec)):
            obj = await self._objects.get(kind, namespace_of(pod), name)
            if obj is not None:
                found[kind][name] = obj
        return Sources(found["configmaps"], found["secrets"])

    def _etc_hosts(self, record: PodRecord) -> Path:
        """Write the pod's hosts file as it should be now."""
        pod, file = record.pod, self._paths.etc_hosts(record.uid)
        own = self._node.host_hosts_file.read_text() if is_host_network(pod) else ""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(hosts_file(pod, record.runtime.ips, self._node.cluster_domain, own))
        file.chmod(0o644)
        return file

    def _termination_log(self, pod: Json, name: str, attempt: int) -> Path:
        file = self._paths.container(uid_of(pod), name) / str(attempt)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
        file.chmod(0o666)
        return file

    async def _post_start(self, record: PodRecord, spec: Json, container_id: str) -> None:
        """Run the hook; when it fails, the container is stopped."""
        handler = (spec.get("lifecycle") or {}).get("postStart")
        if not handler:
            return
        pod_ip = next(iter(record.runtime.ips), "") or next(iter(self._node.facts.host_ips), "")
        try:
            await self._hooks.run(handler, spec, container_id, pod_ip)
        except HookError as error:
            self._events.warning(record.pod, "FailedPostStartHook", "PostStartHook failed", container=spec["name"])
            self._events.normal(record.pod, "Killing", "FailedPostStartHook", container=spec["name"])
            await self._runtime.stop_container(container_id, termination_grace_seconds(record.pod))
            raise StartError("PostStartHookError", str(error)) from error


def _target_id(record: PodRecord, start: Start) -> str:
    """The container whose processes an ephemeral container is to see."""
    target = start.spec.get("targetContainerName") if start.kind is Kind.EPHEMERAL else None
    if not target:
        return ""
    found = record.runtime.find(target)
    if found is None or not found.is_running:
        raise StartError("CreateContainerConfigError", f'unable to find target container "{target}"')
    return found.id
