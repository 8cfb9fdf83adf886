"""PodTopologySpread: keep the numbers of matching pods in different places close to each other.

Hard constraints (DoNotSchedule) filter: with the pod, its place may have at most maxSkew pods more than the place
with the fewest. Soft ones (ScheduleAnyway) score: the fewer matching pods in a place, the better. A pod without
constraints gets two soft ones by default, over hosts and zones, for the pods that its services and its controller
select (`workloads.py`).

Which nodes count at all follows from labels (all keys must be there) and from the constraint's policies for node
affinity and taints; that is kept until a node changes. Counts come from the pod index, summed by domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from pybernetes.api.selectors import Selector
from pybernetes.scheduler.labels import ABSENT, LabelColumn, Mask, Rows
from pybernetes.scheduler.plugins.interface import MAX_SCORE, Prepared, Rejection, Scores, length
from pybernetes.scheduler.plugins.node_affinity import matching
from pybernetes.scheduler.plugins.taint_toleration import untolerated
from pybernetes.scheduler.pod import PodClass, SpreadConstraint
from pybernetes.scheduler.pod_index import Counter, SpreadQuery
from pybernetes.scheduler.row_counts import Counts
from pybernetes.scheduler.table import Table

NAME = "PodTopologySpread"
SKEWED = "node(s) didn't match pod topology spread constraints"
UNLABELLED = "node(s) didn't match pod topology spread constraints (missing required label)"
_HOSTNAME, _ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


def default_constraints(selector: Selector) -> tuple[SpreadConstraint, ...]:
    """What pods without constraints get."""
    return (
        SpreadConstraint(_HOSTNAME, selector, max_skew=3, hard=False),
        SpreadConstraint(_ZONE, selector, max_skew=5, hard=False),
    )


@dataclass(slots=True)
class _Eligible:
    """Rows that count for a constraint, and the domains that they make up. Good for one version of the nodes."""

    rows: Mask
    domains: Mask
    everywhere: bool  # every row that has the label counts


class _Constraint:
    """A constraint with its counter and what is known of the nodes."""

    def __init__(self, constraint: SpreadConstraint, cls: PodClass, table: Table, keys: Sequence[str]):
        self.wanted = constraint
        self.column: LabelColumn = table.label(constraint.topology_key)
        self.counter: Counter = table.index.open_counter(SpreadQuery(cls.namespace, constraint.selector))
        self.matches_self = int(constraint.selector.matches(cls.labels))
        self._cls, self._table, self._keys = cls, table, keys
        self._version = -1
        self._eligible: _Eligible | None = None

    def eligible(self) -> _Eligible:
        table = self._table
        if self._eligible is None or self._version != table.nodes_version:
            self._eligible, self._version = self._work_out(slice(0, table.capacity)), table.nodes_version
        return self._eligible

    def _work_out(self, rows: Rows) -> _Eligible:
        table, local = self._table, self._cls.local
        counted = table.alive.copy()
        for key in self._keys:
            counted &= table.label(key).present(rows)
        if self.wanted.honor_affinity:
            counted &= matching(local, table, rows)
        if self.wanted.honor_taints:
            counted &= ~untolerated(local, table, rows)
        labelled = self.column.codes != ABSENT
        domains = np.zeros(self.column.domains + 1, np.bool_)
        domains[self.column.codes[counted & labelled]] = True
        return _Eligible(counted, domains, bool((counted | ~labelled).all()))

    def sums(self) -> Counts:
        """Matching pods of each domain, on rows that count."""
        eligible = self.eligible()
        if eligible.everywhere:
            return self.counter.sums(self.column)
        return self.column.totals(np.where(eligible.rows, self.counter.counts, 0))

    def least(self, sums: Counts) -> int:
        """The fewest pods in a domain; 0 while there are fewer domains than minDomains."""
        domains = self.eligible().domains
        return int(sums[domains].min()) if int(domains.sum()) >= self.wanted.min_domains else 0


class _Spread:
    """Hard and soft constraints of one class of pods. With default constraints, they follow the workloads."""

    def __init__(self, cls: PodClass, table: Table):
        self._cls, self._table = cls, table
        self._default = cls.spread is None
        self._selector: Selector | None = None
        self._workloads_version = -1
        self._hard: list[_Constraint] = []
        self._soft: list[_Constraint] = []
        if cls.spread is not None:
            self._hard = self._open([constraint for constraint in cls.spread if constraint.hard])
            self._soft = self._open([constraint for constraint in cls.spread if not constraint.hard])

    def _open(self, constraints: Sequence[SpreadConstraint]) -> list[_Constraint]:
        keys = () if self._default else tuple(constraint.topology_key for constraint in constraints)
        return [_Constraint(constraint, self._cls, self._table, keys) for constraint in constraints]

    def close(self) -> None:
        for constraint in (*self._hard, *self._soft):
            self._table.index.close_counter(constraint.counter)
        self._hard, self._soft = [], []

    def reject(self, rows: Rows) -> Sequence[Rejection]:
        found: list[Rejection] = []
        passed: Mask | None = None
        for constraint in self._hard:
            codes = constraint.column.codes[rows]
            sums = constraint.sums()
            allowed = constraint.wanted.max_skew + constraint.least(sums) - constraint.matches_self
            skewed = sums[codes] > allowed
            unlabelled = codes == ABSENT
            if passed is None:
                passed = np.ones(length(rows), np.bool_)
            found.append(Rejection(UNLABELLED, unlabelled & passed, True))
            found.append(Rejection(SKEWED, skewed & passed & ~unlabelled))
            passed &= ~(skewed | unlabelled)
        return found

    def filters(self) -> bool:
        return bool(self._hard)

    def scores(self) -> bool:
        if self._default:
            self._follow_workloads()
        return bool(self._soft)

    def _follow_workloads(self) -> None:
        version = self._table.workloads.version(self._cls.namespace)
        if version == self._workloads_version:
            return
        self._workloads_version = version
        selector = self._table.workloads.selector_of(self._cls)
        if selector != self._selector:
            self.close()
            self._selector = selector
            self._soft = [] if selector.matches_all else self._open(default_constraints(selector))

    def score(self, rows: NDArray[np.intp]) -> Scores:
        """Counts weighted by how many domains there are, then turned round so that the fewest get most."""
        counted = np.ones(len(rows), np.bool_)
        if not self._default:
            for constraint in self._soft:
                counted &= constraint.column.codes[rows] != ABSENT
        total = np.zeros(len(rows), np.float64)
        for constraint in self._soft:
            total += self._raw(constraint, rows, counted)
        return _turned_round(np.floor(total + 0.5).astype(np.int64), counted)

    def _raw(self, constraint: _Constraint, rows: NDArray[np.intp], counted: Mask) -> NDArray[np.float64]:
        codes = constraint.column.codes[rows]
        if constraint.wanted.topology_key == _HOSTNAME:
            domains = int(counted.sum())
            pods = constraint.counter.counts[rows]
        else:
            domains = int(np.count_nonzero(np.bincount(codes[counted] + 1)))
            pods = constraint.sums()[codes]
        weight = np.float64(log(domains + 2))
        raw: NDArray[np.float64] = pods.astype(np.float64) * weight + (constraint.wanted.max_skew - 1)
        raw[codes == ABSENT] = 0.0
        return raw


def _turned_round(raw: Scores, counted: Mask) -> Scores:
    """100 for the fewest pods; rows that do not count get 0."""
    considered = raw[counted]
    if len(considered) == 0:
        return np.zeros(len(raw), np.int64)
    most, least = max(int(considered.max()), 0), int(considered.min())
    if most == 0:
        return np.where(counted, MAX_SCORE, 0)
    return np.where(counted, MAX_SCORE * (most + least - raw) // most, 0)


def prepare(cls: PodClass, table: Table) -> Prepared | None:
    return _Spread(cls, table)
