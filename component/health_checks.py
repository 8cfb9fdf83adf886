"""Answers of /healthz, /livez and /readyz, as every Kubernetes component gives them.

A check is an async function that returns when all is well and raises, with the reason, when it is not. Checks are run
on every request. Who asks for all of them is told which failed and not why, since the answer is for everybody; who may
ask for a single check reads its reason. Results are counted for /metrics/slis.

Counterpart: apiserver/pkg/server/healthz and component-base/metrics/prometheus/slis.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

log = logging.getLogger(__name__)

Check = Callable[[], Awaitable[None]]
_CHECK_SECONDS = 5.0


class HealthAnswer(NamedTuple):
    """A status of 200 or 500 and its text."""

    status: int
    text: str


class CheckResults(Collector):
    """What checks said: the last result of each, and how often each result came."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], bool] = {}
        self._counts: dict[tuple[str, str, str], int] = {}
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def saw(self, endpoint: str, name: str, well: bool) -> None:
        self._last[name, endpoint] = well
        key = (name, "success" if well else "error", endpoint)
        self._counts[key] = self._counts.get(key, 0) + 1

    def collect(self) -> Iterator[Metric]:
        last = GaugeMetricFamily("kubernetes_healthcheck", "Whether a check passed last", labels=["name", "type"])
        counts = CounterMetricFamily("kubernetes_healthchecks", "Results of a check", labels=["name", "status", "type"])
        for labels, well in self._last.items():
            last.add_metric(labels, well)
        for names, count in self._counts.items():
            counts.add_metric(names, count)
        yield from (last, counts)


async def answer_all(
    endpoint: str,
    checks: Mapping[str, Check],
    *,
    verbose: bool = False,
    exclude: Sequence[str] = (),
    results: CheckResults | None = None,
) -> HealthAnswer:
    """The answer of an endpoint, ``readyz`` say, over all its checks."""
    lines: list[str] = []
    failed: list[str] = []
    for name, check in checks.items():
        if name in exclude:
            lines.append(f"[+]{name} excluded: ok")
            continue
        error = await error_of(check)
        if results is not None:
            results.saw(endpoint, name, error is None)
        if error is None:
            lines.append(f"[+]{name} ok")
        else:
            lines.append(f"[-]{name} failed: reason withheld")
            failed.append(f"{name}: {error}")
    unknown = sorted({name for name in exclude if name not in checks})
    if unknown:
        quoted = ", ".join(f'"{name}"' for name in unknown)
        lines.append(f"warn: some health checks cannot be excluded: no matches for {quoted}")
    text = "".join(f"{line}\n" for line in lines)
    if failed:
        log.info("health checks failed", extra={"endpoint": endpoint, "failed": failed})
        return HealthAnswer(500, f"{text}{endpoint} check failed\n")
    return HealthAnswer(200, f"{text}{endpoint} check passed\n" if verbose else "ok")


async def answer_one(check: Check) -> HealthAnswer:
    """The answer of a single check, with its reason."""
    error = await error_of(check)
    return HealthAnswer(200, "ok") if error is None else HealthAnswer(500, f"internal server error: {error}\n")


async def error_of(check: Check) -> str | None:
    """Why a check does not pass; None when it does."""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:
        return str(error) or type(error).__name__
    return None
