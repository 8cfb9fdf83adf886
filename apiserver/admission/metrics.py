"""What admission counts, under kube-apiserver's names.

    a step (all plugins change, or all refuse)  → `Steps`: how often, how long, which plugin refused
    a webhook, a match condition, a policy      → Prometheus' own counters; beside a call they cost nothing

Plugins that are compiled in take microseconds, so their calls are counted and not timed: a step is one addition. One
step of `SAMPLE` is timed plugin by plugin, and stands for those before it that were not. Steps in which webhooks or
policies take part are timed each.

Counterpart: apiserver/pkg/admission/metrics and plugin/policy/*/metrics.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Protocol
from weakref import WeakSet

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.core import HistogramMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

SAMPLE = 64
_BUCKETS_SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5)
_BUCKET_NAMES = (*(f"{limit:g}" for limit in _BUCKETS_SECONDS), "+Inf")
_LABELS = ("type", "operation", "rejected")
Labels = tuple[str, ...]


class _Durations:
    """How long something took."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * len(_BUCKET_NAMES)
        self.seconds = 0.0

    def add(self, seconds: float, times: int) -> None:
        self.buckets[bisect_left(_BUCKETS_SECONDS, seconds)] += times
        self.seconds += seconds * times


class Untold(Protocol):
    """Who has more to count than was told."""

    def tell(self) -> None: ...


class Steps(Collector):
    """All steps, and the plugins in them."""

    def __init__(self) -> None:
        self._followed: WeakSet[Untold] = WeakSet()
        self._steps: dict[Labels, _Durations] = {}
        self._plugins: dict[Labels, _Durations] = {}

    def follow(self, step: Untold) -> None:
        """Ask it for what it has not told when somebody wants the numbers."""
        self._followed.add(step)

    def passed(self, kind: str, verb: str, names: Sequence[str], seconds: Sequence[float], times: int) -> None:
        """A step of this duration was passed so many times; `seconds` are those of its plugins."""
        self._add(self._steps, (kind, verb, "false"), sum(seconds), times)
        for name, one in zip(names, seconds, strict=True):
            if name:
                self._add(self._plugins, (name, kind, verb, "false"), one, times)

    def refused(self, kind: str, verb: str, names: Sequence[str], by: int, seconds: float) -> None:
        """The plugin at this place refused; those before it had let the request pass."""
        self._add(self._steps, (kind, verb, "true"), seconds, 1)
        for place, name in enumerate(names[: by + 1]):
            if name:
                refuses = place == by
                labels = (name, kind, verb, "true" if refuses else "false")
                self._add(self._plugins, labels, seconds if refuses else 0.0, 1)

    def _add(self, table: dict[Labels, _Durations], labels: Labels, seconds: float, times: int) -> None:
        found = table.get(labels)
        if found is None:
            found = table[labels] = _Durations()
        found.add(seconds, times)

    def collect(self) -> Iterator[Metric]:
        for step in list(self._followed):
            step.tell()
        prefix = "apiserver_admission"
        steps = HistogramMetricFamily(
            f"{prefix}_step_admission_duration_seconds", "Time of a step of admission", labels=_LABELS
        )
        summary = SummaryMetricFamily(
            f"{prefix}_step_admission_duration_seconds_summary", "Time of a step of admission", labels=_LABELS
        )
        plugins = HistogramMetricFamily(
            f"{prefix}_controller_admission_duration_seconds", "Time of a plugin", labels=("name", *_LABELS)
        )
        for labels, one in self._steps.items():
            steps.add_metric(labels, _cumulative(one), one.seconds)
            summary.add_metric(labels, sum(one.buckets), one.seconds)
        for labels, one in self._plugins.items():
            plugins.add_metric(labels, _cumulative(one), one.seconds)
        yield from (steps, summary, plugins)


def _cumulative(one: _Durations) -> list[tuple[str, float]]:
    return list(zip(_BUCKET_NAMES, accumulate(one.buckets), strict=True))


STEPS = Steps()
REGISTRY.register(STEPS)

_WEBHOOK = ("name", "type", "operation")
WEBHOOK_SECONDS = Histogram(
    "apiserver_admission_webhook_admission_duration_seconds",
    "Time of a webhook",
    (*_WEBHOOK, "rejected"),
    buckets=(*_BUCKETS_SECONDS, 10, 25),
)
WEBHOOK_REQUESTS = Counter(
    "apiserver_admission_webhook_request", "Requests to webhooks", (*_WEBHOOK, "code", "rejected")
)
# Gauges that only grow: the library has no counters without _total at the end of their names.
WEBHOOK_REJECTIONS = Gauge(
    "apiserver_admission_webhook_rejection_count", "Refusals", (*_WEBHOOK, "error_type", "rejection_code")
)
WEBHOOK_FAIL_OPEN = Gauge(
    "apiserver_admission_webhook_fail_open_count", "Webhooks that failed and were passed over", ("name", "type")
)
_CONDITION = ("name", "kind", "type", "operation")
CONDITION_ERRORS = Counter(
    "apiserver_admission_match_condition_evaluation_errors", "Match conditions without a result", _CONDITION
)
CONDITION_EXCLUSIONS = Counter(
    "apiserver_admission_match_condition_exclusions", "Requests that match conditions excluded", _CONDITION
)
CONDITION_SECONDS = Histogram(
    "apiserver_admission_match_condition_evaluation_seconds",
    "Time of match conditions",
    _CONDITION,
    buckets=_BUCKETS_SECONDS,
)
_CHECK_BUCKETS_SECONDS = (0.0000005, 0.001, 0.01, 0.1, 1.0)
_CHECK = ("policy", "policy_binding", "error_type")
POLICY_CHECKS = Counter(
    "apiserver_validating_admission_policy_check", "Checks of policies", (*_CHECK, "enforcement_action")
)
POLICY_SECONDS = Histogram(
    "apiserver_validating_admission_policy_check_duration_seconds",
    "Time of a check",
    (*_CHECK, "enforcement_action"),
    buckets=_CHECK_BUCKETS_SECONDS,
)
MUTATION_CHECKS = Counter("apiserver_mutating_admission_policy_check", "Changes by policies", _CHECK)
MUTATION_SECONDS = Histogram(
    "apiserver_mutating_admission_policy_check_duration_seconds",
    "Time of a change",
    _CHECK,
    buckets=_CHECK_BUCKETS_SECONDS,
)
_LARGEST_CODE = 600  # webhooks give any, and each is a series


def webhook_called(name: str, kind: str, operation: str, seconds: float, code: int, *, rejected: bool) -> None:
    """A webhook has been called; `kind` is admit or validating."""
    said = "true" if rejected else "false"
    WEBHOOK_REQUESTS.labels(name, kind, operation, str(min(code, _LARGEST_CODE)), said).inc()
    WEBHOOK_SECONDS.labels(name, kind, operation, said).observe(seconds)


def webhook_rejected(name: str, kind: str, operation: str, error_type: str, code: int) -> None:
    WEBHOOK_REJECTIONS.labels(name, kind, operation, error_type, str(min(code, _LARGEST_CODE))).inc()


def error_type(error: str) -> str:
    """The sort of a policy's failure."""
    if not error:
        return "no_error"
    if "compilation" in error:
        return "compile_error"
    return "out_of_budget" if "out of cost budget" in error else "invalid_error"
