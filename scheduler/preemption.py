"""Making room for a pod by having less important ones leave. Counterpart: DefaultPreemption.

    diagnosis (rows where removing pods may help) ─→ victims of each row ─→ the row it hurts least ─→ Outcome

Nothing is removed here: the outcome says who should leave, `eviction.py` has them leave.

For pods that look at one node at a time, the victims of a row depend on that row alone, so they are kept for each
class of preemptors and worked out anew where something changed (`_RowVictims`): the first of many alike preemptors
pays for all rows, the next for one or two. Other preemptors are tried out on the table itself, on as many rows as
kube-scheduler would look at (a tenth of them, at least a hundred).
"""

from __future__ import annotations

import random
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pybernetes.scheduler.decision import Decider
from pybernetes.scheduler.diagnosis import Diagnosis, unavailable
from pybernetes.scheduler.pod import LocalRequirements, Pod, PodClass
from pybernetes.scheduler.victims import NO_VICTIMS, Budget, LocalRoom, Victims, choose_victims

NOT_HELPFUL = "Preemption is not helpful for scheduling"
NEVER = "not eligible due to preemptionPolicy=Never."
TERMINATING = "not eligible due to a terminating pod on the nominated node."
_KEPT = 4  # classes of preemptors; at 5,000 nodes one takes about 3 MB
_KEPT_IN_VAIN = 512
_LEAST_CANDIDATES = 100
_CANDIDATES_PERCENT = 10
_COSTS = 5
Result = Victims | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The node to clear and who must leave it, or with an empty name why preemption does not help."""

    node: str
    victims: tuple[Pod, ...] = ()
    message: str = ""
    eligible: bool = True


class _RowVictims:
    """The victims of each row for one class of preemptors, and what they cost, kept row by row."""

    def __init__(self, capacity: int):
        self.results: list[Result | None] = [None] * capacity
        self.costs: NDArray[np.float64] = np.zeros((_COSTS, capacity), np.float64)
        self.possible = np.zeros(capacity, np.bool_)
        self.node_position = self.pod_position = -1
        self.budgets_version = -1

    def set(self, row: int, result: Result) -> None:
        self.results[row] = result
        self.possible[row] = isinstance(result, Victims)
        if isinstance(result, Victims):
            self.costs[:, row] = result.cost()


class Preemptor:
    """Finds out who would have to leave for a pod that fits nowhere."""

    def __init__(self, decider: Decider, budgets: Mapping[str, Budget], *, seed: int | None = None):
        self._decider = decider
        self._table = decider.table
        self._random = random.Random(seed)
        self._by_name = budgets
        self._budgets: list[Budget] = []
        self._budgets_version = 0
        self._in_vain: dict[PodClass, tuple[tuple[int, ...], Outcome]] = {}
        self._kept: OrderedDict[tuple[LocalRequirements, int], _RowVictims] = OrderedDict()

    def preempt(self, pod: Pod, diagnosis: Diagnosis) -> Outcome:
        """Who should leave which node for this pod."""
        budgets = list(self._by_name.values())
        if budgets != self._budgets:
            self._budgets, self._budgets_version = budgets, self._budgets_version + 1
        refusal = self._refusal(pod, diagnosis)
        if refusal:
            return Outcome("", message=refusal, eligible=False)
        rows = np.flatnonzero(diagnosis.preemptible)
        if len(rows) == 0:
            return self._hopeless(diagnosis, Counter())
        if self._table.least_priority() >= pod.priority:
            return self._hopeless(diagnosis, Counter({NO_VICTIMS: len(rows)}))
        version = (*self._decider.version(), self._budgets_version)
        kept = self._in_vain.get(pod.cls)
        if kept is not None and kept[0] == version and pod.pinned is None:
            return kept[1]
        elsewhere = self._decider.looks_elsewhere(pod)
        outcome = (self._try_out if elsewhere else self._from_kept)(pod, diagnosis, rows)
        if not outcome.node and pod.pinned is None and not self._decider.nominations.node_of(pod.key):
            if len(self._in_vain) >= _KEPT_IN_VAIN:
                self._in_vain.clear()
            self._in_vain[pod.cls] = ((*self._decider.version(), self._budgets_version), outcome)
        return outcome

    def _refusal(self, pod: Pod, diagnosis: Diagnosis) -> str:
        """Why the pod may not have others leave now (PodEligibleToPreemptOthers)."""
        if not pod.cls.preempts:
            return NEVER
        node = self._decider.nominations.node_of(pod.key) or pod.nominated
        row = self._table.rows.get(node)
        if row is None or not diagnosis.preemptible[row]:
            return ""
        leaving = (p for p in self._table.pods_on[row].values() if p.terminating and p.preempted)
        return TERMINATING if any(p.priority < pod.priority for p in leaving) else ""

    def _hopeless(self, diagnosis: Diagnosis, reasons: Counter[str]) -> Outcome:
        rest = diagnosis.nodes - int(diagnosis.preemptible.sum())
        if rest:
            reasons[NOT_HELPFUL] += rest
        return Outcome("", message=unavailable(diagnosis.nodes, reasons))

    # -- rows by themselves

    def _from_kept(self, pod: Pod, diagnosis: Diagnosis, rows: NDArray[np.intp]) -> Outcome:
        kept = self._update(pod)
        own = self._table.rows.get(self._decider.nominations.node_of(pod.key), -1)
        if own >= 0:
            kept.set(own, self._on_row(pod, own))  # here its own promise does not stand in its way
            self._table.touch(own)
        candidates = rows[kept.possible[rows]]
        if len(candidates) == 0:
            reasons: Counter[str] = Counter()
            for row in rows:
                reasons.update(kept.results[row] or ())
            return self._hopeless(diagnosis, reasons)
        best = self._cheapest(kept.costs[:, candidates])
        row = int(candidates[best])
        result = kept.results[row]
        assert isinstance(result, Victims)
        return self._outcome(row, result)

    def _update(self, pod: Pod) -> _RowVictims:
        """The kept victims of the pod's class, brought up to the table."""
        table, key = self._table, (pod.cls.local, pod.priority)
        kept = self._kept.get(key)
        if kept is None or len(kept.results) != table.capacity or kept.budgets_version != self._budgets_version:
            kept = self._kept[key] = _RowVictims(table.capacity)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        nodes = table.node_changes.since(kept.node_position)
        pods = table.pod_changes.since(kept.pod_position)
        changed = range(table.size) if nodes is None or pods is None else {*nodes, *pods}
        for row in changed:
            if table.alive[row]:
                kept.set(row, self._on_row(pod, row))
        kept.node_position, kept.pod_position = table.node_changes.position, table.pod_changes.position
        kept.budgets_version = self._budgets_version
        return kept

    def _on_row(self, pod: Pod, row: int) -> Result:
        table = self._table
        node, on_node = table.nodes[row], table.pods_on[row].values()
        assert node is not None
        lower = [other for other in on_node if other.priority < pod.priority]
        if not lower:
            return (NO_VICTIMS,)
        promised = self._decider.nominations.beside_on(node.name, pod)
        return choose_victims(LocalRoom(pod, node, on_node, promised), lower, self._budgets)

    def _cheapest(self, costs: NDArray[np.float64]) -> int:
        """The column that is least in the first row, among those in the second, and so on; a random one of equals."""
        left = np.arange(costs.shape[1])
        for cost in costs:
            values = cost[left]
            left = left[values == values.min()]
            if len(left) == 1:
                break
        return int(left[self._random.randrange(len(left))])

    def _outcome(self, row: int, victims: Victims) -> Outcome:
        node = self._table.nodes[row]
        assert node is not None
        return Outcome(node.name, victims.pods)

    # -- rows that depend on others

    def _try_out(self, pod: Pod, diagnosis: Diagnosis, rows: NDArray[np.intp]) -> Outcome:
        wanted = max(_LEAST_CANDIDATES, len(rows) * _CANDIDATES_PERCENT // 100)
        start = self._random.randrange(len(rows))
        found: list[tuple[int, Victims]] = []
        reasons: Counter[str] = Counter()
        harmless = False
        for row in map(int, np.roll(rows, -start)):
            result = self._on_table(pod, row)
            if not isinstance(result, Victims):
                reasons.update(result)
                continue
            found.append((row, result))
            harmless = harmless or result.violations == 0
            if harmless and len(found) >= wanted:
                break
        if not found:
            return self._hopeless(diagnosis, reasons)
        costs = np.array([victims.cost() for _, victims in found], np.float64).T
        return self._outcome(*found[self._cheapest(costs)])

    def _on_table(self, pod: Pod, row: int) -> Result:
        node = self._table.nodes[row]
        assert node is not None
        on_node = list(self._table.pods_on[row].values())
        lower = [other for other in on_node if other.priority < pod.priority]
        if not lower:
            return (NO_VICTIMS,)
        promised = self._decider.nominations.beside_on(node.name, pod)
        without = choose_victims(LocalRoom(pod, node, on_node, promised), lower, ())
        if not isinstance(without, Victims):
            return without
        with self._restored(lower):
            return choose_victims(TableRoom(self._decider, pod, row, promised), lower, self._budgets)

    @contextmanager
    def _restored(self, pods: Sequence[Pod]) -> Iterator[None]:
        """Puts these pods back where they are, whatever was tried with them."""
        try:
            yield
        finally:
            for pod in pods:
                self._table.set_pod(pod)


class TableRoom:
    """A row of the table itself: pods really come and go, and all plugins are asked."""

    def __init__(self, decider: Decider, pod: Pod, row: int, promised: Sequence[Pod]):
        self._decider, self._pod, self._row, self._promised = decider, pod, row, promised

    def add(self, pod: Pod) -> None:
        self._decider.table.set_pod(pod)

    def remove(self, pod: Pod) -> None:
        self._decider.table.remove_pod(pod.key)

    def misfits(self) -> Sequence[str]:
        if self._promised:
            with self._decider.placed(self._promised, self._row):
                found = self._decider.misfits(self._pod, self._row)
            if found:
                return found
        return self._decider.misfits(self._pod, self._row)
