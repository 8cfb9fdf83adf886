"""Why a pod fits nowhere, in numbers and in Kubernetes' words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pybernetes.scheduler.labels import Mask
from pybernetes.scheduler.plugins.interface import Rejection

NO_NODES = "no nodes available to schedule pods"


@dataclass(slots=True)
class Diagnosis:
    """For each row the first plugin that turned it down.

    `preemptible` marks rows where removing pods may help. `before` is what stopped the pod before any node was
    looked at. `plugins` are those that turned down some row: an event that helps none of them helps nothing.
    """

    nodes: int
    preemptible: Mask
    reasons: Counter[str] = field(default_factory=Counter)
    by_plugin: dict[str, Counter[str]] = field(default_factory=dict)
    plugins: set[str] = field(default_factory=set)
    before: str = ""
    preemption: str = ""

    def add(self, plugin: str, rejections: Sequence[Rejection], open_: Mask) -> None:
        """Count what a plugin turns down among the rows still open, and close those."""
        if not rejections:
            return
        closed = rejections[0].rows & open_
        hopeless = closed & rejections[0].hopeless
        self._count(plugin, rejections[0].message, int(closed.sum()))
        for rejection in rejections[1:]:
            more = rejection.rows & open_
            self._count(plugin, rejection.message, int(more.sum()))
            closed |= more
            hopeless |= more & rejection.hopeless
        open_ &= ~closed
        self.preemptible |= closed & ~hopeless

    def add_row(self, plugin: str, rejections: Sequence[Rejection], row: int, open_: Mask) -> None:
        """The same for one row, of which alone the rejections speak."""
        if not open_[row]:
            return
        found = [rejection for rejection in rejections if rejection.rows[0]]
        for rejection in found:
            self._count(plugin, rejection.message, 1)
        if found:
            open_[row] = False
            hopeless = any(r.hopeless if isinstance(r.hopeless, bool) else r.hopeless[0] for r in found)
            self.preemptible[row] = not hopeless

    def _count(self, plugin: str, message: str, rows: int) -> None:
        if rows:
            self.reasons[message] += rows
            self.by_plugin.setdefault(plugin, Counter())[message] += rows
            self.plugins.add(plugin)

    def message(self) -> str:
        """What the event FailedScheduling and the condition PodScheduled say."""
        if self.nodes == 0 and not self.before:
            return NO_NODES
        text = unavailable(self.nodes, self.reasons, self.before)
        return f"{text} preemption: {self.preemption}" if self.preemption else text


def unavailable(nodes: int, reasons: Mapping[str, int], before: str = "") -> str:
    """``0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint(s).``"""
    counted = before or ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    return f"0/{nodes} nodes are available:{f' {counted}.' if counted else ''}"
