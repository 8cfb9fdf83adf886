"""From answers to a verdict: so many in a row. Pure but for its own counting. Counterpart: prober.worker."""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.kubelet.pod_actions import ProbeResult

DEFAULT_PERIOD_SECONDS, DEFAULT_TIMEOUT_SECONDS = 10, 1
DEFAULT_SUCCESS, DEFAULT_FAILURE = 1, 3


class Thresholds:
    """Counts equal answers; `add` gives the verdict when there are enough of them, else None."""

    def __init__(self, spec: Json):
        self._success = int(spec.get("successThreshold") or DEFAULT_SUCCESS)
        self._failure = int(spec.get("failureThreshold") or DEFAULT_FAILURE)
        self._last: ProbeResult | None = None
        self._run = 0

    def add(self, answer: ProbeResult) -> ProbeResult | None:
        self._run = self._run + 1 if answer is self._last else 1
        self._last = answer
        needed = self._success if answer is ProbeResult.SUCCESS else self._failure
        return answer if self._run >= needed else None


def period_seconds(spec: Json) -> float:
    return float(spec.get("periodSeconds") or DEFAULT_PERIOD_SECONDS)


def timeout_seconds(spec: Json) -> float:
    return float(spec.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS)


def initial_delay_seconds(spec: Json) -> float:
    return float(spec.get("initialDelaySeconds") or 0)
