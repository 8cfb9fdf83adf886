"""What containers, pods and the node use, measured when it is asked for: the summary API's document.

CPU rates need two measurements; the second is whatever was asked for before, if that is not too long ago.
Counterpart: pkg/kubelet/server/stats, with CRI and cgroups as its sources.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pybernetes.api.object import Json, format_time
from pybernetes.component.clock import Clock
from pybernetes.kubelet.machine import Disk, Machine, disk_of, meminfo
from pybernetes.kubelet.options import Options
from pybernetes.kubelet.runtime.cgroups import Cgroups, CgroupUsage
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.types import ContainerStats, InterfaceUsage, SandboxStats

_RATE_WINDOW_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class PodUsage:
    """A pod's containers and its own cgroup. `interfaces` is empty on the host's network."""

    namespace: str
    name: str
    uid: str
    containers: Sequence[ContainerStats]
    cgroup: CgroupUsage | None
    interfaces: Sequence[InterfaceUsage]
    started_at: str


@dataclass(frozen=True, slots=True)
class NodeUsage:
    """The machine as a whole. CPU is since boot."""

    cpu_nanoseconds: int
    memory_working_set_bytes: int
    memory_available_bytes: int
    memory_usage_bytes: int
    disk: Disk


class Stats:
    """Measures on demand."""

    def __init__(self, runtime: Runtime, cgroups: Cgroups, options: Options, machine: Machine, clock: Clock):
        self._runtime = runtime
        self._cgroups = cgroups
        self._options = options
        self._machine = machine
        self._clock = clock
        self._before: dict[str, tuple[float, int]] = {}
        self._started = clock.now()

    async def pods(self) -> list[PodUsage]:
        """Every ready pod. Raises RuntimeFailure."""
        sandboxes, containers = await asyncio.gather(
            self._runtime.list_pod_sandbox_stats(), self._runtime.list_container_stats()
        )
        by_uid: dict[str, list[ContainerStats]] = {}
        for container in containers:
            by_uid.setdefault(container.labels.get("io.kubernetes.pod.uid", ""), []).append(container)
        paths = self._cgroups.pod_uids()
        return [self._pod(sandbox, by_uid.get(sandbox.uid, ()), paths.get(sandbox.uid)) for sandbox in sandboxes]

    def _pod(self, sandbox: SandboxStats, containers: Sequence[ContainerStats], path: str | None) -> PodUsage:
        return PodUsage(
            namespace=sandbox.namespace,
            name=sandbox.name,
            uid=sandbox.uid,
            containers=containers,
            cgroup=self._cgroups.usage(path) if path else None,
            interfaces=sandbox.interfaces
            or ((sandbox.default_interface,) if sandbox.default_interface is not None else ()),
            started_at="",
        )

    def node(self) -> NodeUsage:
        memory = meminfo()
        available = memory["MemAvailable"]
        with open("/proc/stat") as file:  # noqa: PTH123
            ticks = [int(word) for word in file.readline().split()[1:9]]
        busy = sum(ticks) - ticks[3] - ticks[4]  # without idle and waiting for disks
        return NodeUsage(
            cpu_nanoseconds=busy * 10_000_000,
            memory_working_set_bytes=memory["MemTotal"] - available,
            memory_available_bytes=available,
            memory_usage_bytes=memory["MemTotal"] - memory["MemFree"],
            disk=disk_of(self._options.root),
        )

    async def summary(self) -> Json:
        """The document of /stats/summary. Raises RuntimeFailure."""
        now = format_time(self._clock.now())
        node = self.node()
        return {
            "node": {
                "nodeName": self._options.node_name,
                "startTime": format_time(self._started),
                "cpu": self._cpu("node", now, node.cpu_nanoseconds),
                "memory": {
                    "time": now,
                    "availableBytes": node.memory_available_bytes,
                    "usageBytes": node.memory_usage_bytes,
                    "workingSetBytes": node.memory_working_set_bytes,
                },
                "fs": _disk(node.disk, now),
                "runtime": {"imageFs": _disk(node.disk, now)},
            },
            "pods": [self._pod_summary(pod, now) for pod in await self.pods()],
        }

    def _pod_summary(self, pod: PodUsage, now: str) -> Json:
        shown: Json = {
            "podRef": {"name": pod.name, "namespace": pod.namespace, "uid": pod.uid},
            "startTime": now,
            "containers": [self._container(each) for each in pod.containers],
        }
        if pod.cgroup is not None:
            shown["cpu"] = self._cpu(pod.uid, now, pod.cgroup.cpu_nanoseconds)
            shown["memory"] = {
                "time": now,
                "usageBytes": pod.cgroup.memory_usage_bytes,
                "workingSetBytes": pod.cgroup.memory_working_set_bytes,
                "rssBytes": pod.cgroup.memory_rss_bytes,
                "pageFaults": pod.cgroup.page_faults,
                "majorPageFaults": pod.cgroup.major_page_faults,
            }
            shown["process_stats"] = {"process_count": pod.cgroup.pids}
        if pod.interfaces:
            interfaces = [_interface(each) for each in pod.interfaces]
            shown["network"] = {"time": now, **interfaces[0], "interfaces": interfaces}
        return shown

    def _container(self, stats: ContainerStats) -> Json:
        shown: Json = {"name": stats.name, "startTime": format_time(self._clock.now())}
        if stats.cpu is not None:
            shown["cpu"] = self._cpu(stats.id, time_of(stats.cpu.timestamp_ns), stats.cpu.core_nano_seconds)
        if stats.memory is not None:
            memory = {
                "time": time_of(stats.memory.timestamp_ns),
                "availableBytes": stats.memory.available_bytes,
                "usageBytes": stats.memory.usage_bytes,
                "workingSetBytes": stats.memory.working_set_bytes,
                "rssBytes": stats.memory.rss_bytes,
                "pageFaults": stats.memory.page_faults,
                "majorPageFaults": stats.memory.major_page_faults,
            }
            shown["memory"] = _known(memory)
        if stats.writable_layer is not None:
            shown["rootfs"] = {
                "time": time_of(stats.writable_layer.timestamp_ns),
                "usedBytes": stats.writable_layer.used_bytes,
                "inodesUsed": stats.writable_layer.inodes_used or 0,
            }
        return shown

    def _cpu(self, key: str, time: str, nanoseconds: int) -> Json:
        """Time used, and the rate since it was last asked for."""
        now = self._clock.monotonic()
        before = self._before.get(key)
        self._before[key] = (now, nanoseconds)
        self._before = {k: held for k, held in self._before.items() if now - held[0] <= _RATE_WINDOW_SECONDS}
        shown: Json = {"time": time, "usageCoreNanoSeconds": nanoseconds, "usageNanoCores": 0}
        if before is not None and now > before[0]:
            shown["usageNanoCores"] = max(0, int((nanoseconds - before[1]) / (now - before[0])))
        return shown


def time_of(nanoseconds: int) -> str:
    return format_time(datetime.fromtimestamp(nanoseconds / 1e9, UTC))


def _known(values: Mapping[str, object]) -> Json:
    return {key: value for key, value in values.items() if value is not None}


def _disk(disk: Disk, now: str) -> Json:
    return {
        "time": now,
        "availableBytes": disk.available_bytes,
        "capacityBytes": disk.capacity_bytes,
        "usedBytes": disk.used_bytes,
        "inodesFree": disk.inodes_free,
        "inodes": disk.inodes,
        "inodesUsed": disk.inodes - disk.inodes_free,
    }


def _interface(usage: InterfaceUsage) -> Json:
    return {
        "name": usage.name,
        "rxBytes": usage.rx_bytes,
        "rxErrors": usage.rx_errors,
        "txBytes": usage.tx_bytes,
        "txErrors": usage.tx_errors,
    }
