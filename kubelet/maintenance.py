"""What the agent does beside pods: garbage, logs, and pods that must go because the node runs short.

Each loop looks in its own rhythm and costs next to nothing when there is nothing to do.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from pybernetes.api.object import Json, format_time, uid_of
from pybernetes.component.clock import Clock
from pybernetes.kubelet.container_gc import collect_garbage
from pybernetes.kubelet.container_resources import qos_of
from pybernetes.kubelet.eviction import (
    TRANSITION_SECONDS,
    Observation,
    Pressure,
    Shortage,
    Usage,
    eviction_message,
    rank,
    shortages,
)
from pybernetes.kubelet.image_gc import ImageGC
from pybernetes.kubelet.logs.rotation import needs_rotation, rotate
from pybernetes.kubelet.machine import disk_of, meminfo, process_limits
from pybernetes.kubelet.options import Options
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_status import Outcome
from pybernetes.kubelet.pod_workers import PodWorkers
from pybernetes.kubelet.runtime import labels
from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime.types import ContainerStats

log = logging.getLogger(__name__)

CONTAINER_GC_SECONDS, IMAGE_GC_SECONDS = 60.0, 300.0
LOG_SECONDS, EVICTION_SECONDS = 10.0, 10.0


class Maintenance:
    """Keeps the node fit. `observe` measures; a test may put another measure in its place."""

    def __init__(
        self,
        runtime: Runtime,
        cgroups: Cgroups,
        workers: PodWorkers,
        events: PodEvents,
        options: Options,
        clock: Clock,
    ):
        self._runtime = runtime
        self._cgroups = cgroups
        self._workers = workers
        self._events = events
        self._options = options
        self._clock = clock
        self._images = ImageGC(runtime, options, clock)
        self._seen_at: dict[Pressure, float] = {}
        self.observe: Callable[[], Observation] = self._observe
        self.on_pressure: Callable[[], None] = lambda: None

    async def run_container_gc(self) -> None:
        await self._repeat("container garbage", CONTAINER_GC_SECONDS, self._collect_containers)

    async def run_image_gc(self) -> None:
        await self._repeat("image garbage", IMAGE_GC_SECONDS, self._collect_images)

    async def run_logs(self) -> None:
        await self._repeat("log rotation", LOG_SECONDS, self.rotate_logs)

    async def run_eviction(self) -> None:
        await self._repeat("eviction", EVICTION_SECONDS, self.evict)

    async def _repeat(self, name: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Work in a rhythm until cancelled; what the runtime or a disk refuses is tried at the next turn."""
        while True:
            await self._clock.sleep(seconds)
            try:
                await work()
            except (RuntimeFailure, OSError) as error:
                log.warning("maintenance failed", extra={"work": name, "error": str(error)})

    async def _collect_containers(self) -> None:
        removed = await collect_garbage(self._runtime)
        if removed:
            log.info("removed dead containers", extra={"count": removed})

    async def _collect_images(self) -> None:
        await self._images.collect()

    async def rotate_logs(self) -> None:
        """Rotate what has grown too large. Raises RuntimeFailure, OSError for the first that fails."""
        for worker in self._workers.all():
            for found in worker.record.runtime.containers:
                path = Path(found.status.log_path)
                if found.is_running and needs_rotation(path, self._options.container_log_bytes):
                    now = self._clock.now()
                    await rotate(self._runtime, found.id, path, self._options.container_log_files, now)

    # ---- running short

    def pressures(self) -> tuple[bool, bool, bool]:
        """(memory, disk, processes): short now, or not long ago."""
        now = self._clock.monotonic()
        recent = {each for each, seen in self._seen_at.items() if now - seen < TRANSITION_SECONDS}
        return Pressure.MEMORY in recent, Pressure.DISK in recent, Pressure.PID in recent

    def _observe(self) -> Observation:
        disk = disk_of(self._options.root)
        most, now = process_limits()
        return Observation(
            memory_available=meminfo()["MemAvailable"],
            disk_available=disk.available_bytes,
            disk_capacity=disk.capacity_bytes,
            inodes_free=disk.inodes_free,
            inodes=disk.inodes,
            pids_available=most - now,
            pids_capacity=most,
        )

    async def evict(self) -> None:
        """Look, and end at most one pod: what that frees shows at the next look."""
        short = shortages(self.observe(), self._options.eviction_memory_bytes)
        before = self.pressures()
        for shortage in short:
            self._seen_at[shortage.pressure] = self._clock.monotonic()
        if self.pressures() != before:
            self.on_pressure()
        if not short:
            return
        if short[0].pressure is Pressure.DISK and await self._reclaim_disk():
            return
        await self._evict_first(short[0])

    async def _reclaim_disk(self) -> bool:
        """Remove what nobody needs; whether that ended the shortage."""
        await collect_garbage(self._runtime)
        await self._images.free(1 << 62)
        return not any(each.pressure is Pressure.DISK for each in shortages(self.observe()))

    async def _evict_first(self, shortage: Shortage) -> None:
        usage = self._usage(await self._runtime.list_container_stats())
        for pod in rank(self._workers.active_pods(), usage, shortage.pressure):
            worker = self._workers.get(uid_of(pod))
            if worker is None or worker.record.outcome is not None:
                continue
            message = eviction_message(pod, shortage, usage.get(uid_of(pod), Usage()))
            log.warning("evicting a pod", extra={"pod": worker.key, "message_text": message})
            self._events.warning(pod, "Evicted", message)
            self._workers.end(uid_of(pod), evicted(message, format_time(self._clock.now())), grace_seconds=0)
            return

    def _usage(self, containers: Iterable[ContainerStats] = ()) -> dict[str, Usage]:
        """Memory and processes of each pod from its cgroup; disk from its directory."""
        found = {}
        memory: dict[str, dict[str, int]] = {}
        for stats in containers:
            if stats.memory is not None:
                of_pod = memory.setdefault(stats.labels.get(labels.POD_UID, ""), {})
                of_pod[stats.name] = stats.memory.working_set_bytes
        for worker in self._workers.all():
            pod = worker.record.pod
            held = self._cgroups.usage(self._cgroups.pod_path(uid_of(pod), qos_of(pod)))
            if held is not None:
                disk = _size(self._options.paths.pod(uid_of(pod)))
                found[uid_of(pod)] = Usage(held.memory_working_set_bytes, disk, held.pids, memory.get(uid_of(pod)))
        return found


def evicted(message: str, now: str) -> Outcome:
    """The end of a pod that had to go."""
    condition: Json = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "TerminationByKubelet",
        "message": message,
        "lastTransitionTime": now,
    }
    return Outcome("Evicted", message, conditions=(condition,))


def _size(directory: Path) -> int:
    """Bytes below a directory, as far as they can be read."""
    total = 0
    for file in directory.rglob("*"):
        try:
            total += file.lstat().st_blocks * 512
        except FileNotFoundError:
            continue  # it went while we looked
    return total
