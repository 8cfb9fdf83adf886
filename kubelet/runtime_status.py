"""What the runtime has of one pod, as the kubelet decides on it.

    Runtime's listings and statuses → PodRuntime (immutable) → pod_actions, pod_status

A snapshot is complete: every sandbox and container that carries the pod's uid, newest first. Counterpart: PodStatus
of pkg/kubelet/container.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pybernetes.kubelet.runtime.labels import Remembered
from pybernetes.kubelet.runtime.types import ContainerState, ContainerStatus, Sandbox, SandboxState, SandboxStatus


@dataclass(frozen=True, slots=True)
class PodContainer:
    """One container the runtime knows. `message` is what it left to say when it ended."""

    sandbox_id: str
    status: ContainerStatus
    remembered: Remembered
    message: str = ""

    @property
    def id(self) -> str:
        return self.status.id

    @property
    def name(self) -> str:
        return self.status.name

    @property
    def state(self) -> ContainerState:
        return self.status.state

    @property
    def is_running(self) -> bool:
        return self.status.state is ContainerState.RUNNING

    @property
    def is_exited(self) -> bool:
        return self.status.state is ContainerState.EXITED


@dataclass(frozen=True)
class PodRuntime:
    """A pod in the runtime. `current` is the status of the newest sandbox, or None when there is none."""

    uid: str
    namespace: str = ""
    name: str = ""
    sandboxes: tuple[Sandbox, ...] = ()
    current: SandboxStatus | None = None
    containers: tuple[PodContainer, ...] = ()

    @cached_property
    def latest(self) -> dict[str, PodContainer]:
        """The newest container of each name."""
        found: dict[str, PodContainer] = {}
        for container in self.containers:
            found.setdefault(container.name, container)
        return found

    def find(self, name: str) -> PodContainer | None:
        return self.latest.get(name)

    @cached_property
    def running(self) -> tuple[PodContainer, ...]:
        """Containers that have, or may have, a process: created and unknown ones count until they are stopped."""
        return tuple(each for each in self.containers if each.state is not ContainerState.EXITED)

    @cached_property
    def ready_sandboxes(self) -> tuple[Sandbox, ...]:
        return tuple(each for each in self.sandboxes if each.state is SandboxState.READY)

    @property
    def is_empty(self) -> bool:
        return not self.sandboxes and not self.containers

    @property
    def ips(self) -> tuple[str, ...]:
        return self.current.ips if self.current is not None else ()

    @property
    def sandbox_is_ready(self) -> bool:
        return self.current is not None and self.current.sandbox.state is SandboxState.READY
