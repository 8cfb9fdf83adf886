"""Requests and limits to the kernel's numbers: tables."""

from __future__ import annotations

import pytest

from pybernetes.kubelet.runtime.resources import (
    CgroupLimits,
    QOSClass,
    milli_cpu_to_quota,
    milli_cpu_to_shares,
    oom_score_adj,
    pod_limits,
    shares_to_weight,
)

GI = 1 << 30


@pytest.mark.parametrize(
    ("milli_cpu", "shares"),
    [(0, 2), (-5, 2), (1, 2), (2, 2), (10, 10), (100, 102), (250, 256), (1000, 1024), (1500, 1536), (300_000, 262_144)],
)
def test_shares(milli_cpu: int, shares: int) -> None:
    assert milli_cpu_to_shares(milli_cpu) == shares


@pytest.mark.parametrize(
    ("milli_cpu", "period", "quota"),
    [
        (0, 100_000, 0),
        (1, 100_000, 1000),
        (5, 100_000, 1000),
        (10, 100_000, 1000),
        (20, 100_000, 2000),
        (200, 100_000, 20_000),
        (500, 100_000, 50_000),
        (1500, 100_000, 150_000),
        (200, 10_000, 2000),
        (1, 10_000, 1000),
    ],
)
def test_quota(milli_cpu: int, period: int, quota: int) -> None:
    assert milli_cpu_to_quota(milli_cpu, period) == quota


@pytest.mark.parametrize(
    ("shares", "weight"),
    [
        (0, 0),
        (1, 1),
        (2, 1),
        (102, 17),
        (512, 59),
        (1024, 100),
        (2048, 174),
        (262_143, 10_000),
        (262_144, 10_000),
        (10**9, 10_000),
    ],
)
def test_weight(shares: int, weight: int) -> None:
    assert shares_to_weight(shares) == weight


def test_weight_never_falls_as_shares_rise() -> None:
    weights = [shares_to_weight(shares) for shares in range(2, 262_145, 97)]
    assert weights == sorted(weights)
    assert set(weights) <= set(range(1, 10_001))


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({"qos": QOSClass.BEST_EFFORT, "cpu_request_milli": 0}, CgroupLimits()),
        ({"qos": QOSClass.BEST_EFFORT, "cpu_request_milli": 0, "pids": 100}, CgroupLimits(pids=100)),
        ({"qos": QOSClass.BURSTABLE, "cpu_request_milli": 100}, CgroupLimits(cpu_shares=102)),
        (
            {"qos": QOSClass.BURSTABLE, "cpu_request_milli": 100, "cpu_limit_milli": 200, "memory_limit_bytes": GI},
            CgroupLimits(cpu_shares=102, cpu_quota_microseconds=20_000, memory_bytes=GI),
        ),
        (
            {
                "qos": QOSClass.GUARANTEED,
                "cpu_request_milli": 1000,
                "cpu_limit_milli": 1000,
                "enforce_cpu_limits": False,
            },
            CgroupLimits(cpu_shares=1024),
        ),
    ],
)
def test_pod_limits(given: dict[str, object], limits: CgroupLimits) -> None:
    assert pod_limits(**given) == limits  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("qos", "request_bytes", "critical", "score"),
    [
        (QOSClass.GUARANTEED, GI, False, -997),
        (QOSClass.BEST_EFFORT, 0, False, 1000),
        (QOSClass.BEST_EFFORT, 0, True, -997),
        (QOSClass.BURSTABLE, 0, False, 999),
        (QOSClass.BURSTABLE, 1, False, 999),
        (QOSClass.BURSTABLE, 4 * GI, False, 500),
        (QOSClass.BURSTABLE, 2 * GI, False, 750),
        (QOSClass.BURSTABLE, 8 * GI, False, 3),
        (QOSClass.BURSTABLE, 2 * GI, True, -997),
    ],
)
def test_oom_score(qos: QOSClass, request_bytes: int, critical: bool, score: int) -> None:
    assert oom_score_adj(qos, request_bytes, 8 * GI, critical) == score
