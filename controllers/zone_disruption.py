"""How fast nodes may be emptied, by how many of their zone are ill. Pure.

One ill node is a broken machine: empty it. A zone that is ill as a whole is more likely a broken network between it
and us, where emptying nodes does harm and no good. So: in a zone where most nodes are ill, slow (or not at all in a
small one); when all of all zones are ill, the trouble is ours: nothing is emptied.

Counterpart: ComputeZoneState and setLimiterInZone of pkg/controller/nodelifecycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from pybernetes.api.object import Json, labels_of
from pybernetes.controllers.node_health import ready_status
from pybernetes.controllers.options import Options

_FEW = 2  # so many ill nodes are never a disruption


class ZoneState(Enum):
    NORMAL = "Normal"
    PARTIAL = "PartialDisruption"
    FULL = "FullDisruption"


def zone_of(node: Json) -> str:
    """Region and zone; empty for a node without either."""
    labels = labels_of(node)
    region = labels.get("topology.kubernetes.io/region") or ""
    zone = labels.get("topology.kubernetes.io/zone") or ""
    return f"{region}:{zone}" if region or zone else ""


def zone_state(nodes: Iterable[Json], unhealthy_threshold: float) -> ZoneState:
    ready = ill = 0
    for node in nodes:
        if ready_status(node) == "True":
            ready += 1
        else:
            ill += 1
    if ready == 0 and ill > 0:
        return ZoneState.FULL
    if ill > _FEW and ill / (ill + ready) >= unhealthy_threshold:
        return ZoneState.PARTIAL
    return ZoneState.NORMAL


def evictions_per_second(state: ZoneState, size: int, options: Options) -> float:
    """How many nodes of a zone of this size may be given up each second. A zone that is wholly ill, while others
    are not, is emptied at the usual rate: its pods can go elsewhere."""
    if state is not ZoneState.PARTIAL:
        return options.node_eviction_rate
    return options.secondary_node_eviction_rate if size > options.large_cluster_size_threshold else 0.0


def all_disrupted(states: Mapping[str, ZoneState]) -> bool:
    return bool(states) and all(state is ZoneState.FULL for state in states.values())


class TokenBucket:
    """Lets one through, and then as many a second as its rate says."""

    def __init__(self, monotonic: float):
        self._tokens, self._at = 1.0, monotonic

    def take(self, per_second: float, monotonic: float) -> bool:
        """Whether one may go now. The rate holds for the time since the last call."""
        self._tokens = min(1.0, self._tokens + (monotonic - self._at) * per_second)
        self._at = monotonic
        if per_second <= 0 or self._tokens < 1.0 - 1e-9:
            return False
        self._tokens -= 1.0
        return True
