"""Requests and limits as the kernel takes them: pure arithmetic, Kubernetes' own numbers.

    milliCPU request -> cpu.shares (v1) -> cpu.weight (v2)      how CPU is divided when it is short
    milliCPU limit   -> cfs quota                               a ceiling per period
    QoS class        -> oom_score_adj                           who is killed first when memory is short

Kubernetes: pkg/kubelet/cm/helpers_linux.go, pkg/kubelet/qos/policy.go.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

MIN_SHARES = 2
MAX_SHARES = 262_144
SHARES_PER_CPU = 1024
MILLI_PER_CPU = 1000
CFS_PERIOD_MICROSECONDS = 100_000
# The kernel refuses a smaller quota.
MIN_QUOTA_MICROSECONDS = 1000

# oom_score_adj runs from -1000 (never killed) to 1000. The kubelet and its like get -999, the pause process -998.
KUBELET_OOM_SCORE_ADJ = -999
SANDBOX_OOM_SCORE_ADJ = -998
GUARANTEED_OOM_SCORE_ADJ = -997
BEST_EFFORT_OOM_SCORE_ADJ = 1000


class QOSClass(StrEnum):
    GUARANTEED = "Guaranteed"
    BURSTABLE = "Burstable"
    BEST_EFFORT = "BestEffort"


@dataclass(frozen=True, slots=True)
class CgroupLimits:
    """What a cgroup is given; None leaves the kernel's default (no limit), for a new cgroup and an old one."""

    cpu_shares: int = MIN_SHARES
    cpu_quota_microseconds: int | None = None
    cpu_period_microseconds: int = CFS_PERIOD_MICROSECONDS
    memory_bytes: int | None = None
    pids: int | None = None


def milli_cpu_to_shares(milli_cpu: int) -> int:
    """cpu.shares for a CPU request (Kubernetes: MilliCPUToShares). No request gets the least."""
    if milli_cpu <= 0:
        return MIN_SHARES
    return min(max(milli_cpu * SHARES_PER_CPU // MILLI_PER_CPU, MIN_SHARES), MAX_SHARES)


def milli_cpu_to_quota(milli_cpu: int, period_microseconds: int = CFS_PERIOD_MICROSECONDS) -> int:
    """Microseconds of CPU a period for a CPU limit (Kubernetes: MilliCPUToQuota); 0 is no limit."""
    if milli_cpu <= 0:
        return 0
    return max(milli_cpu * period_microseconds // MILLI_PER_CPU, MIN_QUOTA_MICROSECONDS)


def shares_to_weight(shares: int) -> int:
    """cpu.weight (1 to 10000) for cpu.shares (2 to 262144); 0 stays 0, "not set".

    The curve of opencontainers/cgroups since 2025, as in Kubernetes 1.36: the two ranges' ends and their defaults
    (1024 and 100) meet. The older straight line gave the default 39, so that one CPU of request weighed less than
    half of a process outside Kubernetes.
    """
    if shares <= 0:
        return 0
    if shares <= MIN_SHARES:
        return 1
    if shares >= MAX_SHARES:
        return 10_000
    log = math.log2(shares)
    return math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34))


def pod_limits(
    qos: QOSClass,
    cpu_request_milli: int,
    cpu_limit_milli: int | None = None,
    memory_limit_bytes: int | None = None,
    pids: int | None = None,
    enforce_cpu_limits: bool = True,
) -> CgroupLimits:
    """A pod's cgroup (Kubernetes: ResourceConfigForPod).

    The numbers are sums over the pod (or its pod-level resources), overhead included. A limit is None unless
    every container declares it: a pod with one unlimited container is unlimited as a whole.
    """
    if qos is QOSClass.BEST_EFFORT:
        return CgroupLimits(pids=pids)
    quota = milli_cpu_to_quota(cpu_limit_milli or 0) if enforce_cpu_limits else 0
    return CgroupLimits(
        cpu_shares=milli_cpu_to_shares(cpu_request_milli),
        cpu_quota_microseconds=quota or None,
        memory_bytes=memory_limit_bytes or None,
        pids=pids,
    )


def oom_score_adj(qos: QOSClass, memory_request_bytes: int, node_memory_bytes: int, node_critical: bool = False) -> int:
    """A container's oom_score_adj (Kubernetes: GetContainerOOMScoreAdjust).

    Burstable containers are killed in the order in which they use more than they asked for: the larger the part
    of the node's memory they requested, the lower the score, always between guaranteed and best effort.
    """
    if node_critical or qos is QOSClass.GUARANTEED:
        return GUARANTEED_OOM_SCORE_ADJ
    if qos is QOSClass.BEST_EFFORT:
        return BEST_EFFORT_OOM_SCORE_ADJ
    score = 1000 - 1000 * memory_request_bytes // max(node_memory_bytes, 1)
    if score < 1000 + GUARANTEED_OOM_SCORE_ADJ:
        return 1000 + GUARANTEED_OOM_SCORE_ADJ
    return min(score, BEST_EFFORT_OOM_SCORE_ADJ - 1)
