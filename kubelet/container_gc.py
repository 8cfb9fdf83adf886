"""Dead containers and sandboxes that nobody needs any more. Counterpart: kuberuntime_gc.go.

Of each container of a pod one that has ended is kept, for its state, its end's reason and its log. A pod that is
deleted is removed as a whole by its worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pybernetes.kubelet.runtime import labels
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.types import Container, ContainerState, Sandbox, SandboxState

KEPT_PER_CONTAINER = 1


def dead_containers(containers: Iterable[Container], keep: int = KEPT_PER_CONTAINER) -> list[Container]:
    """Those that have ended, but for the newest of each name of each pod; and those that were never started. Pure.

    A kubelet that was killed between making and starting a container leaves it as it is, and makes another.
    """
    groups: dict[tuple[str, str], list[Container]] = {}
    for container in containers:
        owner = labels.owner(container.labels)
        if owner is not None:
            groups.setdefault((owner.uid, owner.container), []).append(container)
    surplus = []
    for group in groups.values():
        group.sort(key=lambda container: container.created_at_ns, reverse=True)
        ended = [each for each in group if each.state is ContainerState.EXITED]
        surplus += ended[keep:] + [each for each in group[1:] if each.state is ContainerState.CREATED]
    return surplus


def dead_sandboxes(sandboxes: Iterable[Sandbox], containers: Iterable[Container]) -> list[Sandbox]:
    """Those that are not ready, hold no container and are not the newest of their pod. Pure."""
    occupied = {container.sandbox_id for container in containers}
    groups: dict[str, list[Sandbox]] = {}
    for sandbox in sandboxes:
        groups.setdefault(sandbox.uid, []).append(sandbox)
    surplus = []
    for group in groups.values():
        group.sort(key=lambda sandbox: sandbox.created_at_ns, reverse=True)
        older = group[1:]
        surplus += [each for each in older if each.state is SandboxState.NOT_READY and each.id not in occupied]
    return surplus


async def collect_garbage(runtime: Runtime) -> int:
    """Remove what is surplus; how many containers and sandboxes. Raises RuntimeFailure."""
    containers = await runtime.list_containers()
    surplus = dead_containers(containers)
    for container in surplus:
        status = await runtime.container_status(container.id)
        await runtime.remove_container(container.id)
        _remove_logs(Path(status.log_path))
    kept: Sequence[Container] = [each for each in containers if each not in surplus]
    sandboxes = dead_sandboxes(await runtime.list_pod_sandboxes(), kept)
    for sandbox in sandboxes:
        await runtime.stop_pod_sandbox(sandbox.id)
        await runtime.remove_pod_sandbox(sandbox.id)
    return len(surplus) + len(sandboxes)


def _remove_logs(log: Path) -> None:
    """The log of a container and what was rotated out of it."""
    if not log.name:
        return
    for file in log.parent.glob(f"{log.name}*"):
        file.unlink(missing_ok=True)
