"""Pods and what a runtime has of them, in few words."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json
from pybernetes.kubelet.pod_spec import container_hash
from pybernetes.kubelet.runtime.labels import Remembered
from pybernetes.kubelet.runtime.types import (
    ContainerState,
    ContainerStatus,
    NamespaceMode,
    Namespaces,
    Sandbox,
    SandboxState,
    SandboxStatus,
)
from pybernetes.kubelet.runtime_status import PodContainer, PodRuntime

CREATED, RUNNING = ContainerState.CREATED, ContainerState.RUNNING
EXITED, UNKNOWN = ContainerState.EXITED, ContainerState.UNKNOWN
START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
SECOND_NS = 1_000_000_000


def pod_of(*containers: str | Json, init: list[Json] | None = None, status: Json | None = None, **spec: Any) -> Json:
    """A pod called default/web."""
    full = [{"name": each, "image": "busybox"} if isinstance(each, str) else each for each in containers]
    made: Json = {"containers": full, **spec}
    if init:
        made["initContainers"] = init
    metadata = {"name": "web", "namespace": "default", "uid": "u1", "generation": 2}
    pod: Json = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": made}
    if status is not None:
        pod["status"] = status
    return pod


def container(
    name: str,
    state: ContainerState,
    *,
    exit_code: int = 0,
    restarts: int = 0,
    spec: Json | None = None,
    message: str = "",
    reason: str = "",
) -> PodContainer:
    """A container made from `spec`, or from that of `pod_of` (image busybox for apps, none for what has no image)."""
    ended = state is EXITED
    status = ContainerStatus(
        id=f"{name}-{restarts}",
        name=name,
        attempt=restarts,
        state=state,
        created_at_ns=START_NS,
        started_at_ns=START_NS if state is not CREATED else 0,
        finished_at_ns=START_NS + SECOND_NS if ended else 0,
        exit_code=exit_code,
        image="docker.io/library/busybox:1.36",
        image_ref="sha256:1",
        image_id="sha256:1",
        reason=reason or ("" if not ended else "Completed" if exit_code == 0 else "Error"),
        message="",
        labels={},
        annotations={},
        mounts=(),
        log_path="",
    )
    hash_ = container_hash(spec or _default_spec(name))
    return PodContainer("s0", status, Remembered(hash=hash_, restart_count=restarts), message)


def _default_spec(name: str) -> Json:
    return {"name": name, "image": "busybox"} if name in ("a", "b") else {"name": name}


def sandbox_of(*, ready: bool = True, ips: tuple[str, ...] = ("10.0.0.5",), attempt: int = 0) -> SandboxStatus:
    state = SandboxState.READY if ready else SandboxState.NOT_READY
    sandbox = Sandbox(f"s{attempt}", "web", "default", "u1", attempt, state, START_NS, {}, {})
    return SandboxStatus(sandbox, ips, Namespaces(network=NamespaceMode.POD))


def runtime_of(*containers: Any, sandbox: SandboxStatus | None = None) -> PodRuntime:
    """Containers are `PodContainer`s or (name, state), the newest first."""
    made = tuple(each if isinstance(each, PodContainer) else container(*each) for each in containers)
    sandboxes = (sandbox.sandbox,) if sandbox is not None else ()
    return PodRuntime("u1", "default", "web", sandboxes, sandbox, made)
