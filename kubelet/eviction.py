"""When the node runs short of memory, disk or processes: which pressure there is, and which pod has to go. Pure.

    Observations → pressures (thresholds) → ranked pods → the first is evicted, then it is looked again

Ranking: pods that use more than they asked for go first, then those of lower priority, then those that exceed their
request the most. Counterpart: pkg/kubelet/eviction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from pybernetes.api.core.pod_resources import MEMORY, pod_requests
from pybernetes.api.object import Json, uid_of
from pybernetes.api.quantity import format_binary
from pybernetes.kubelet.pod_spec import app_containers, is_critical, spec_of

MEMORY_BYTES = 100 * 1024 * 1024
NODEFS_PERCENT, INODES_PERCENT, PID_PERCENT = 10, 5, 10
# A condition stays for so long after the shortage, so that it does not flap (evictionPressureTransitionPeriod).
TRANSITION_SECONDS = 300.0


class Pressure(Enum):
    """The condition that a shortage shows as, and the resource in words."""

    MEMORY = ("MemoryPressure", "memory")
    DISK = ("DiskPressure", "ephemeral-storage")
    PID = ("PIDPressure", "pids")

    @property
    def resource(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Observation:
    """What is left on the node, and of how much."""

    memory_available: int
    disk_available: int
    disk_capacity: int
    inodes_free: int
    inodes: int
    pids_available: int
    pids_capacity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    pressure: Pressure
    threshold: str
    available: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a pod uses: memory working set, disk, processes; and its containers' memory by name."""

    memory: int = 0
    disk: int = 0
    pids: int = 0
    container_memory: Mapping[str, int] | None = None

    def of(self, pressure: Pressure) -> int:
        return {Pressure.MEMORY: self.memory, Pressure.DISK: self.disk, Pressure.PID: self.pids}[pressure]


def shortages(seen: Observation, memory_bytes: int = MEMORY_BYTES) -> list[Shortage]:
    """What there is too little of, memory first: it kills soonest."""
    found = []
    if seen.memory_available < memory_bytes:
        found.append(Shortage(Pressure.MEMORY, format_binary(memory_bytes), _kibibytes(seen.memory_available)))
    low_disk = seen.disk_capacity * NODEFS_PERCENT // 100
    low_inodes = seen.inodes * INODES_PERCENT // 100
    if seen.disk_available < low_disk:
        found.append(Shortage(Pressure.DISK, str(low_disk), _kibibytes(seen.disk_available)))
    elif seen.inodes_free < low_inodes:
        found.append(Shortage(Pressure.DISK, str(low_inodes), str(seen.inodes_free)))
    low_pids = seen.pids_capacity * PID_PERCENT // 100
    if seen.pids_available < low_pids:
        found.append(Shortage(Pressure.PID, str(low_pids), str(seen.pids_available)))
    return found


def _kibibytes(amount: int) -> str:
    return f"{amount // 1024}Ki"


def rank(pods: Iterable[Json], usage: Mapping[str, Usage], pressure: Pressure) -> list[Json]:
    """The pods that may be evicted, the first to go first. `usage` is by uid."""

    def order(pod: Json) -> tuple[bool, int, int]:
        used = usage.get(uid_of(pod), Usage()).of(pressure)
        requested = _request(pod, pressure)
        return used <= requested, int(spec_of(pod).get("priority") or 0), requested - used

    return sorted((pod for pod in pods if not is_critical(pod)), key=order)


def _request(pod: Json, pressure: Pressure) -> int:
    if pressure is Pressure.PID:
        return 0
    return pod_requests(pod).get(MEMORY if pressure is Pressure.MEMORY else "ephemeral-storage", 0)


def eviction_message(pod: Json, shortage: Shortage, usage: Usage) -> str:
    """What the pod's status and the event say."""
    resource = shortage.pressure.resource
    text = f"The node was low on resource: {resource}. "
    text += f"Threshold quantity: {shortage.threshold}, available: {shortage.available}. "
    if shortage.pressure is not Pressure.MEMORY:
        return text
    for container in app_containers(pod):
        used = (usage.container_memory or {}).get(container["name"])
        request = ((container.get("resources") or {}).get("requests") or {}).get("memory") or "0"
        if used is not None:
            was = f"Container {container['name']} was using {_kibibytes(used)}, request is {request}, "
            text += f"{was}has larger consumption of {resource}. "
    return text
