"""Carries out what a pod needs: one look, one decision, its actions. Every method may be cut off and repeated.

    sync(record)       towards running: status, sandbox, volumes, images, containers
    terminate(record)  everything stopped
    clean_up(record)   volumes unmounted, cgroup removed, final status
    remove(record)     containers, sandboxes, logs and directories removed: nothing is left

Sandbox, volumes and images are prepared at the same time; containers start one after the other, in the order of the
spec, as Kubernetes promises. After every change the runtime is asked and the status goes out at once.
Counterparts: SyncPod, SyncTerminatingPod, SyncTerminatedPod of pkg/kubelet.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pybernetes.api.core.pod_conditions import TERMINAL_PHASES
from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, format_time, is_deleting, parse_time
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import Clock
from pybernetes.kubelet.container_config import sandbox_config
from pybernetes.kubelet.container_killer import ContainerKiller
from pybernetes.kubelet.container_resources import pod_cgroup_limits, qos_of
from pybernetes.kubelet.container_starter import ContainerStarter, StartError
from pybernetes.kubelet.crash_loops import CrashLoops
from pybernetes.kubelet.dns import ClusterDNS, lacks_cluster_dns
from pybernetes.kubelet.image_manager import IMAGE_REASONS, Ensured, ImageError, ImageManager
from pybernetes.kubelet.object_cache import ObjectCache
from pybernetes.kubelet.paths import Paths
from pybernetes.kubelet.pod_actions import Actions, Start, compute_actions
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_record import PodRecord
from pybernetes.kubelet.pod_resize import PodResize
from pybernetes.kubelet.pod_spec import describe, is_host_network, is_static, spec_of
from pybernetes.kubelet.pod_status import Outcome, Surroundings, Wait, final_status, make_status
from pybernetes.kubelet.probes.manager import ProbeManager
from pybernetes.kubelet.resize import resources_of
from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime.types import SandboxConfig
from pybernetes.kubelet.runtime_view import RuntimeView
from pybernetes.kubelet.status_manager import StatusManager
from pybernetes.kubelet.token_manager import TokenManager
from pybernetes.kubelet.volumes.manager import VolumeManager

log = logging.getLogger(__name__)

RESYNC_SECONDS = 90.0  # to notice what nobody told of; Kubernetes: between one and one and a half minutes
RETRY_FIRST_SECONDS, RETRY_MOST_SECONDS = 0.5, 120.0
CONFIG_RETRY_SECONDS = 10.0
DEADLINE_MESSAGE = "Pod was active on the node longer than the specified deadline"


class NotStoppedError(Exception):
    """Containers run on although they were stopped; to be repeated."""


@dataclass(frozen=True, slots=True)
class Step:
    """When to look again, and whether the pod has come to its end."""

    again_seconds: float
    ended: bool = False


@dataclass(frozen=True)
class Hands:
    """Everything a pod is worked on with."""

    client: Client
    runtime: Runtime
    view: RuntimeView
    cgroups: Cgroups
    images: ImageManager
    volumes: VolumeManager
    objects: ObjectCache
    tokens: TokenManager
    starter: ContainerStarter
    killer: ContainerKiller
    resizer: PodResize
    probes: ProbeManager
    statuses: StatusManager
    events: PodEvents
    paths: Paths
    dns: ClusterDNS
    clock: Clock
    host_ips: Sequence[str]
    pod_pids_limit: int | None
    look: Callable[[], None]
    network_ready: Callable[[], Awaitable[str]]


class PodSync:
    """The steps of a pod's life."""

    def __init__(self, hands: Hands):
        self._do = hands
        self._crashes = CrashLoops(hands.events, hands.clock)

    # ---- towards running

    async def sync(self, record: PodRecord) -> Step:
        """One look and what follows from it. Raises RuntimeFailure, OSError: to be repeated."""
        record.pod = self._do.statuses.current(record.pod)
        await self._look(record)
        self._probe(record)
        status = self.publish(record)
        if status["phase"] in TERMINAL_PHASES:
            return Step(0.0, ended=True)
        left = self._deadline_seconds(record)
        if left is not None and left <= 0:
            self._do.events.normal(record.pod, "DeadlineExceeded", DEADLINE_MESSAGE)
            record.outcome = Outcome("DeadlineExceeded", DEADLINE_MESSAGE)
            return Step(0.0, ended=True)
        actions = compute_actions(record.pod, record.runtime, self._do.probes.results(record.uid))
        if actions.kill_pod and not actions.create_sandbox:
            return Step(0.0, ended=True)
        if not actions.create_sandbox and not actions.kill:
            actions = replace(actions, kill=tuple(await self._do.resizer.resize(record)))
        again = await self._act(record, actions)
        waits = [again, *(seconds for seconds in (left, self._do.tokens.next_refresh_seconds(record.uid)) if seconds)]
        return Step(min(waits))

    async def _look(self, record: PodRecord) -> None:
        """Bring the record's view of the runtime up to date, if anything may have changed."""
        if not record.stale:
            return
        record.stale = False
        try:
            record.runtime = await self._do.view.inspect(record.uid)
        except BaseException:
            record.stale = True
            raise

    def _pod_ip(self, record: PodRecord) -> str:
        ips = self._do.host_ips if is_host_network(record.pod) else record.runtime.ips
        return next(iter(ips), "")

    def _probe(self, record: PodRecord, *, only_readiness: bool = False) -> None:
        self._do.probes.update(record.pod, record.runtime, self._pod_ip(record), only_readiness=only_readiness)

    def publish(self, record: PodRecord, *, is_terminal: bool = False) -> Json:
        """Make the pod's status from what is known, and send it."""
        if not record.start_time:
            record.start_time = format_time(self._do.clock.now())
        surroundings = Surroundings(
            host_ips=self._do.host_ips,
            now=format_time(self._do.clock.now()),
            waits=record.waits,
            verdicts=self._do.probes.verdicts(record.uid),
            start_time=record.start_time,
            given=record.given,
            resize_condition=record.resize_condition,
        )
        pod = self._do.statuses.current(record.pod)
        outcome = record.outcome if is_terminal else None
        status = make_status(pod, record.runtime, surroundings, is_terminal=is_terminal, outcome=outcome)
        if is_terminal:
            status = final_status(status)
        if record.in_api or is_static(record.pod):
            self._do.statuses.set(record.pod, status)
        return status

    def _deadline_seconds(self, record: PodRecord) -> float | None:
        """How long the pod may still be active."""
        allowed = spec_of(record.pod).get("activeDeadlineSeconds")
        started = (record.pod.get("status") or {}).get("startTime") or record.start_time
        if allowed is None or not started:
            return None
        return float(allowed) - (self._do.clock.now() - parse_time(started)).total_seconds()

    async def _act(self, record: PodRecord, actions: Actions) -> float:
        """Carry out the actions. Returns when to look again."""
        pod = record.pod
        if actions.kill_pod:
            if record.runtime.sandboxes:
                text = "Pod sandbox changed, it will be killed and re-created."
                self._do.events.normal(pod, "SandboxChanged", text)
            record.stale = True
            await self._do.killer.kill_pod(pod, record.runtime, self._pod_ip(record))
        if actions.kill:
            record.stale = True
            pod_ip = self._pod_ip(record)
            await asyncio.gather(*(self._do.killer.kill_one(pod, kill, pod_ip) for kill in actions.kill))
            return 0.0
        starts, wait = self._crashes.sift(record, actions.start)
        if not actions.create_sandbox and not starts:
            again = min(await self._refresh_volumes(record), wait)
            self.publish(record)
            return again
        return min(await self._bring_up(record, actions, starts), wait)

    async def _refresh_volumes(self, record: PodRecord) -> float:
        outcome = await self._do.volumes.set_up(record.pod, record.runtime.ips)
        record.volumes = outcome.ready
        self._tell_failed_volumes(record, outcome.failed)
        return self._retry_seconds(record) if outcome.failed else RESYNC_SECONDS

    async def _bring_up(self, record: PodRecord, actions: Actions, starts: list[Start]) -> float:
        """Sandbox, volumes and images at once, then the containers in order. Returns when to look again."""
        pod = record.pod
        not_ready = "" if is_host_network(pod) or not actions.create_sandbox else await self._do.network_ready()
        if not_ready:
            self._do.events.warning(pod, "NetworkNotReady", f"network is not ready: {not_ready}")
            return self._retry_seconds(record)
        parent = self._do.cgroups.create_pod(record.uid, qos_of(pod), pod_cgroup_limits(pod, self._do.pod_pids_limit))
        try:
            config = sandbox_config(pod, actions.attempt, self._do.paths, self._do.dns, parent)
        except ValueError as error:
            self._do.events.warning(pod, "FailedCreatePodSandBox", f"Failed to create pod sandbox: {error}")
            return self._retry_seconds(record)
        sandbox, volumes, images = await asyncio.gather(
            self._sandbox(record, actions, config),
            self._do.volumes.set_up(pod, record.runtime.ips),
            self._images(record, starts, config),
        )
        record.volumes = volumes.ready
        self._tell_failed_volumes(record, volumes.failed)
        if sandbox:
            self._do.events.warning(pod, "FailedCreatePodSandBox", f"Failed to create pod sandbox: {sandbox}")
        if sandbox or volumes.failed:
            self.publish(record)
            return self._retry_seconds(record)
        record.failures = 0
        return await self._start_all(record, starts, images, config)

    async def _sandbox(self, record: PodRecord, actions: Actions, config: SandboxConfig) -> str:
        """Make the sandbox if there is to be one; what went wrong, or nothing."""
        if not actions.create_sandbox:
            return ""
        if lacks_cluster_dns(record.pod, self._do.dns):
            text = "kubelet does not have ClusterDNS IP configured and cannot create Pod using"
            self._do.events.warning(
                record.pod,
                "MissingClusterDNS",
                f'pod: "{describe(record.pod)}". {text} "ClusterFirst" policy. Falling back to "Default" policy.',
            )
        self._do.paths.pod_logs(record.pod).mkdir(parents=True, exist_ok=True)
        record.stale = True
        try:
            await self._do.runtime.run_pod_sandbox(config, await self._handler(record.pod))
            await self._look(record)
        except (RuntimeFailure, APIError, TransportError) as error:
            return str(error)
        return ""

    async def _handler(self, pod: Json) -> str:
        """The runtime's handler for the pod's runtime class. Raises `APIError`, `TransportError`."""
        name = spec_of(pod).get("runtimeClassName")
        if not name:
            return ""
        found = await self._do.client.get("runtimeclasses.node.k8s.io", name)
        return str(found.get("handler") or "")

    async def _images(
        self, record: PodRecord, starts: list[Start], config: SandboxConfig
    ) -> dict[str, Ensured | ImageError]:
        """The image of each container that is to be started, or why there is none."""

        async def one(start: Start) -> Ensured | ImageError:
            try:
                return await self._do.images.ensure(record.pod, start.spec, config)
            except ImageError as error:
                return error

        found = await asyncio.gather(*(one(start) for start in starts))
        return {start.spec["name"]: image for start, image in zip(starts, found, strict=True)}

    async def _start_all(
        self, record: PodRecord, starts: list[Start], images: dict[str, Ensured | ImageError], config: SandboxConfig
    ) -> float:
        again = RESYNC_SECONDS
        for start in starts:
            name = start.spec["name"]
            image = images[name]
            try:
                if isinstance(image, ImageError):
                    again = min(again, image.retry_seconds or CONFIG_RETRY_SECONDS)
                    raise StartError(image.reason, image.message)
                record.stale = True
                await self._do.starter.start(record, start, image, config)
            except StartError as error:
                again = min(again, CONFIG_RETRY_SECONDS)
                self._not_started(record, name, error)
            else:
                record.waits.pop(name, None)
                record.given[name] = resources_of(start.spec)
                again = 0.0
        if record.stale:
            await self._look(record)
            self._do.look()
        self._probe(record)
        self.publish(record)
        return again

    def _not_started(self, record: PodRecord, name: str, error: StartError) -> None:
        record.waits[name] = Wait(error.reason, error.message)
        shown = error.reason if error.reason in IMAGE_REASONS else error.message
        self._do.events.warning(record.pod, "Failed", f"Error: {shown}", container=name)

    def _tell_failed_volumes(self, record: PodRecord, failed: Mapping[str, str]) -> None:
        for name, why in failed.items():
            text = f'MountVolume.SetUp failed for volume "{name}" : {why}'
            self._do.events.warning(record.pod, "FailedMount", text)

    def _retry_seconds(self, record: PodRecord) -> float:
        """Longer with every failure in a row."""
        record.failures += 1
        return float(min(RETRY_FIRST_SECONDS * 2 ** min(record.failures - 1, 16), RETRY_MOST_SECONDS))

    # ---- towards nothing

    async def terminate(self, record: PodRecord) -> None:
        """Stop everything. Raises RuntimeFailure, `NotStoppedError`: to be repeated."""
        record.pod = self._do.statuses.current(record.pod)
        await self._look(record)
        self._probe(record, only_readiness=True)
        self.publish(record)
        record.stale = True
        await self._do.killer.kill_pod(record.pod, record.runtime, self._pod_ip(record), record.grace_override_seconds)
        self._do.probes.forget(record.uid)
        await self._look(record)
        alive = [found.name for found in record.runtime.containers if found.is_running]
        if alive:
            record.stale = True
            raise NotStoppedError(f"containers still run: {', '.join(alive)}")
        record.waits.clear()
        self.publish(record, is_terminal=True)

    async def clean_up(self, record: PodRecord) -> None:
        """Give back what the pod held but for what explains its end. Raises OSError: to be repeated."""
        await self._do.volumes.unmount(record.uid)
        await self._do.cgroups.remove_pod(record.uid)
        uid = record.uid
        self._do.objects.unregister(uid)
        self._do.tokens.forget(uid)
        self._do.images.forget(uid)
        self._crashes.forget(uid)

    async def remove(self, record: PodRecord) -> None:
        """Remove what is left: containers, sandboxes, logs, directories. Raises RuntimeFailure, OSError."""
        record.stale = True
        await self._look(record)
        for found in record.runtime.containers:
            await self._do.runtime.remove_container(found.id)
        for sandbox in record.runtime.sandboxes:
            await self._do.runtime.stop_pod_sandbox(sandbox.id)
            await self._do.runtime.remove_pod_sandbox(sandbox.id)
        await self._do.volumes.take_down(record.uid)
        await self._do.cgroups.remove_pod(record.uid)
        logs = self._do.paths.pod_logs(record.pod)
        if logs.is_dir():
            await asyncio.to_thread(shutil.rmtree, logs)

    def finish(self, record: PodRecord) -> None:
        """Nothing is left: let the API go of a pod that is being deleted."""
        if record.in_api and is_deleting(record.pod):
            self._do.statuses.finish(record.uid)
