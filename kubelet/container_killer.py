"""Stops containers the way their pod wants: preStop hook, their turn, stop signal, and SIGKILL after the grace period.

Counterpart: killContainer, killContainersWithSyncResult of kuberuntime.
"""

from __future__ import annotations

import asyncio
import logging

from pybernetes.api.object import Json
from pybernetes.component.clock import Clock
from pybernetes.kubelet.lifecycle import HookError, Hooks
from pybernetes.kubelet.pod_actions import Kill, KillReason
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_spec import deletion_grace_seconds, find_container, termination_grace_seconds
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.types import ContainerState
from pybernetes.kubelet.runtime_status import PodContainer, PodRuntime
from pybernetes.kubelet.termination_order import TerminationOrder

log = logging.getLogger(__name__)

# A process gets at least this long to end by itself, also after a hook that used up the grace period.
MINIMUM_GRACE_SECONDS = 2
_PROBE_OF = {KillReason.LIVENESS: "livenessProbe", KillReason.STARTUP: "startupProbe"}


def grace_seconds(pod: Json, container: Json, reason: KillReason | None) -> int:
    """How long the container may take: what the deletion says, else the failed probe, else the pod."""
    deletion = deletion_grace_seconds(pod)
    if deletion is not None:
        return deletion
    probe = container.get(_PROBE_OF.get(reason, "")) if reason is not None else None
    own = (probe or {}).get("terminationGracePeriodSeconds")
    return termination_grace_seconds(pod) if own is None else int(own)


class ContainerKiller:
    """Stops single containers and whole pods."""

    def __init__(self, runtime: Runtime, hooks: Hooks, events: PodEvents, clock: Clock):
        self._runtime = runtime
        self._hooks = hooks
        self._events = events
        self._clock = clock

    async def kill_one(self, pod: Json, kill: Kill, pod_ip: str) -> None:
        """Stop one container of a pod that goes on. Raises RuntimeFailure."""
        grace = grace_seconds(pod, kill.spec, kill.reason)
        await self._kill(pod, kill.container, kill.spec, grace, kill.message, pod_ip, None)

    async def kill_pod(self, pod: Json, runtime: PodRuntime, pod_ip: str, grace_override: int | None = None) -> None:
        """Stop every container at once, as far as their order allows, then the sandboxes.

        Raises the first RuntimeFailure after all were tried.
        """
        alive = [each for each in runtime.containers if each.state in (ContainerState.RUNNING, ContainerState.UNKNOWN)]
        order = TerminationOrder(pod, {each.name for each in alive}, self._clock)
        results = await asyncio.gather(
            *(self._kill_in_order(pod, each, pod_ip, grace_override, order) for each in alive), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        for sandbox in runtime.sandboxes:
            await self._runtime.stop_pod_sandbox(sandbox.id)

    async def _kill_in_order(
        self, pod: Json, found: PodContainer, pod_ip: str, grace_override: int | None, order: TerminationOrder
    ) -> None:
        spec = find_container(pod, found.name)
        container = spec[1] if spec is not None else {"name": found.name}
        grace = grace_seconds(pod, container, None) if grace_override is None else grace_override
        try:
            await self._kill(pod, found, container, grace, "", pod_ip, order)
        finally:
            order.ended(found.name)

    async def _kill(
        self,
        pod: Json,
        found: PodContainer,
        container: Json,
        grace: float,
        message: str,
        pod_ip: str,
        order: TerminationOrder | None,
    ) -> None:
        name = container["name"]
        self._events.normal(pod, "Killing", message or f"Stopping container {name}", container=name)
        pre_stop = (container.get("lifecycle") or {}).get("preStop")
        if pre_stop and grace > 0:
            grace -= await self._pre_stop(pod, container, pre_stop, found, grace, pod_ip)
        if order is not None:
            grace -= await order.wait_turn(name, grace)
        await self._runtime.stop_container(found.id, max(int(grace), MINIMUM_GRACE_SECONDS))

    async def _pre_stop(
        self, pod: Json, container: Json, handler: Json, found: PodContainer, grace: float, pod_ip: str
    ) -> float:
        """Run the hook for at most the grace period; the seconds it took."""
        began = self._clock.monotonic()
        hook = asyncio.ensure_future(self._hooks.run(handler, container, found.id, pod_ip))
        timer = asyncio.ensure_future(self._clock.sleep(grace))
        try:
            await asyncio.wait((hook, timer), return_when=asyncio.FIRST_COMPLETED)
            if hook.done():
                await hook
            else:
                log.info("preStop hook ran out of time", extra={"container": container["name"], "seconds": grace})
        except HookError as error:
            log.info("preStop hook failed", extra={"container": container["name"], "error": str(error)})
            self._events.warning(pod, "FailedPreStopHook", "PreStopHook failed", container=container["name"])
        finally:
            timer.cancel()
            hook.cancel()
            await asyncio.gather(hook, timer, return_exceptions=True)
        return self._clock.monotonic() - began
