"""Where a pod goes, or why it cannot go anywhere.

    local masks and scores (kept) ─┐
    cluster plugins (per class)  ──┼─→ rows that are feasible ─→ total score ─→ best row, a random one among equals
    promised nodes               ──┘            └─ none: Diagnosis

`Scheduler.decide` is kube-scheduler's scheduling cycle up to the choice of the node. It looks at every node: with
rows in columns there is nothing to gain from sampling them. Nothing here waits or talks to anyone.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pybernetes.scheduler.diagnosis import Diagnosis
from pybernetes.scheduler.labels import Mask, Rows, rows_of
from pybernetes.scheduler.local_state import LocalState
from pybernetes.scheduler.nominated import Nominations
from pybernetes.scheduler.plugins import (
    CLUSTER_PLUGINS,
    LOCAL_FILTERS,
    NORMALIZED_SCORERS,
    node_affinity,
    volume_binding,
)
from pybernetes.scheduler.plugins.interface import ClusterPlugin, Prepared, Rejection, Scores
from pybernetes.scheduler.pod import LocalRequirements, Pod, PodClass
from pybernetes.scheduler.table import Table
from pybernetes.scheduler.victims import LocalRoom

_KEPT_CLASSES = 512
_KEPT_LOCAL_BYTES = 64 << 20  # 300 kinds of pods at 5,000 nodes, 15 at 100,000
_LOCAL_BYTES_PER_ROW = 42
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Decision:
    """The node chosen, or with an empty name the reasons why there is none."""

    node: str
    feasible: int = 0
    evaluated: int = 0
    diagnosis: Diagnosis | None = None


@dataclass(slots=True)
class _ClusterState:
    prepared: list[tuple[ClusterPlugin, Prepared]] = field(default_factory=list)


class Decider:
    """Decides for one pod after another over one table."""

    def __init__(self, table: Table, nominations: Nominations, *, seed: int | None = None):
        self.table = table
        self.nominations = nominations
        self._random = random.Random(seed)
        self._locals: OrderedDict[LocalRequirements, LocalState] = OrderedDict()
        self._clusters: OrderedDict[PodClass, _ClusterState] = OrderedDict()
        self._turned_down: dict[PodClass, tuple[tuple[int, ...], Diagnosis]] = {}

    # -- what is kept for classes of pods

    def local_state(self, local: LocalRequirements) -> LocalState:
        """The local masks and scores, up to date."""
        state = self._locals.get(local)
        if state is None:
            state = self._locals[local] = LocalState(local, self.table)
            if len(self._locals) > max(8, _KEPT_LOCAL_BYTES // (_LOCAL_BYTES_PER_ROW * self.table.capacity)):
                self._locals.popitem(last=False)
        else:
            self._locals.move_to_end(local)
        state.update()
        return state

    def cluster_plugins(self, cls: PodClass) -> list[tuple[ClusterPlugin, Prepared]]:
        """The cluster plugins that have something to say of such pods, ready to be asked."""
        state = self._clusters.get(cls)
        if state is None:
            state = self._clusters[cls] = _ClusterState()
            for plugin in CLUSTER_PLUGINS:
                prepared = plugin.prepare(cls, self.table)
                if prepared is not None:
                    state.prepared.append((plugin, prepared))
            if len(self._clusters) > _KEPT_CLASSES:
                _, oldest = self._clusters.popitem(last=False)
                for _, prepared in oldest.prepared:
                    prepared.close()
        else:
            self._clusters.move_to_end(cls)
        return state.prepared

    def looks_elsewhere(self, pod: Pod) -> bool:
        """Whether some plugin turns such pods down because of pods on other nodes."""
        return any(prepared.filters() for _, prepared in self.cluster_plugins(pod.cls))

    def version(self) -> tuple[int, ...]:
        """Moves when anything that decisions to turn pods down depend on may have changed."""
        table = self.table
        positions = (table.node_changes.position, table.pod_changes.position)
        return *positions, table.index.terms_version, self.nominations.version

    # -- deciding

    def decide(self, pod: Pod) -> Decision:
        """Choose a node for the pod."""
        table = self.table
        before = volume_binding.reject_everywhere(pod, table) if pod.claims else ""
        if before:
            return Decision("", 0, 0, self.stopped(before, volume_binding.NAME))
        promised = self.nominations.node_of(pod.key) or pod.nominated
        if promised and promised in table.rows:
            row = rows_of((table.rows[promised],))
            if self.feasible(pod, row).any():
                return Decision(promised, 1, 1)
        if pod.pinned is None and self._only_local(pod):
            return self._decide_locally(pod)
        candidates = self.candidates(pod)
        if len(candidates) == 0:
            return Decision("", 0, len(table), self._why_not(pod))
        chosen = 0 if len(candidates) == 1 else self._largest(self.total_scores(pod, candidates))
        return Decision(self.name_of(int(candidates[chosen])), len(candidates), len(table))

    def _only_local(self, pod: Pod) -> bool:
        """Whether the kept ranking alone decides: nothing to normalize, nothing that looks at other nodes."""
        if len(self.nominations) or self.local_state(pod.cls.local).normalized:
            return False
        return not any(prepared.filters() or prepared.scores() for _, prepared in self.cluster_plugins(pod.cls))

    def _decide_locally(self, pod: Pod) -> Decision:
        ranked = self.local_state(pod.cls.local).ranked
        best = self._largest(ranked)
        if ranked[best] < 0:
            return Decision("", 0, len(self.table), self._why_not(pod))
        return Decision(self.name_of(best), int(np.count_nonzero(ranked >= 0)), len(self.table))

    def _largest(self, totals: Scores) -> int:
        """Where the total is largest; a random one of equals."""
        ties = np.flatnonzero(totals == totals.max())
        return int(ties[self._random.randrange(len(ties))])

    def candidates(self, pod: Pod) -> Index:
        """The rows that the pod can go to."""
        if pod.pinned is None:
            return np.flatnonzero(self.feasible(pod, None))
        rows = rows_of(sorted(self.table.rows[name] for name in pod.pinned if name in self.table.rows))
        return rows[np.flatnonzero(self.feasible(pod, rows))]

    def name_of(self, row: int) -> str:
        node = self.table.nodes[row]
        assert node is not None
        return node.name

    def feasible(self, pod: Pod, rows: Index | None) -> Mask:
        """Which of the rows (None: all) the pod can go to."""
        state = self.local_state(pod.cls.local)
        mask = state.fits.copy() if rows is None else state.fits[rows]
        asked: Rows = slice(0, self.table.capacity) if rows is None else rows
        for _, prepared in self.cluster_plugins(pod.cls):
            for rejection in prepared.reject(asked):
                mask &= ~rejection.rows
        if len(self.nominations):
            self._leave_room(pod, mask, rows)
        return mask

    def total_scores(self, pod: Pod, rows: Index) -> Scores:
        """The weighted sum of all scores of rows that passed the filters."""
        state = self.local_state(pod.cls.local)
        total: Scores = state.score[rows]
        for number in state.normalized:
            plugin = NORMALIZED_SCORERS[number]
            assert plugin.normalize is not None
            total = total + plugin.weight * plugin.normalize(state.raw[number][rows])
        for plugin_, prepared in self.cluster_plugins(pod.cls):
            if prepared.scores():
                total = total + plugin_.weight * prepared.score(rows)
        return total

    # -- promised nodes

    def _leave_room(self, pod: Pod, mask: Mask, rows: Index | None) -> None:
        """Strike rows where the pod would take the room of pods that the node is promised to."""
        for node, pods in self.nominations.beside(pod):
            row = self.table.rows.get(node)
            if row is None:
                continue
            places = (row,) if rows is None else np.flatnonzero(rows == row)
            for place in places:
                if mask[place] and not self._fits_beside(pod, row, pods):
                    mask[place] = False

    def _fits_beside(self, pod: Pod, row: int, others: Sequence[Pod]) -> bool:
        repelled = any(held.weight == 0 for other in others for held in other.cls.held)
        if not repelled and not self.looks_elsewhere(pod):
            node = self.table.nodes[row]
            assert node is not None
            return not LocalRoom(pod, node, self.table.pods_on[row].values(), others).misfits()
        with self.placed(others, row):
            return not self.misfits(pod, row)

    def misfits(self, pod: Pod, row: int) -> list[str]:
        """Why the first filter that turns the pod down on one row does so, worked out anew; empty when none does."""
        where = rows_of((row,))
        for plugin in LOCAL_FILTERS:
            found = [r.message for r in plugin.reject(pod.cls.local, self.table, where) if r.rows[0]]
            if found:
                return found
        for _, prepared in self.cluster_plugins(pod.cls):
            found = [r.message for r in prepared.reject(where) if r.rows[0]]
            if found:
                return found
        return []

    @contextmanager
    def placed(self, pods: Sequence[Pod], row: int) -> Iterator[None]:
        """As if these pods were on the row."""
        node = self.name_of(row)
        before = [self.table.pod(pod.key) for pod in pods]
        for pod in pods:
            self.table.set_pod(pod.on(node))
        try:
            yield
        finally:
            for pod, old in zip(pods, before, strict=True):
                if old is None:
                    self.table.remove_pod(pod.key)
                else:
                    self.table.set_pod(old)

    # -- why not

    def stopped(self, why: str, plugin: str) -> Diagnosis:
        """The diagnosis of a pod that was turned down before any node was looked at."""
        nothing = np.zeros(self.table.capacity, np.bool_)
        return Diagnosis(len(self.table), nothing, plugins={plugin}, before=why)

    def _why_not(self, pod: Pod) -> Diagnosis:
        """The diagnosis; of many alike pods that are turned down one after the other, it is made for the first."""
        if pod.pinned is not None or self.nominations.node_of(pod.key):
            return self.diagnose(pod)
        version = self.version()
        kept = self._turned_down.get(pod.cls)
        if kept is None or kept[0] != version:
            if len(self._turned_down) >= _KEPT_CLASSES:
                self._turned_down.clear()
            kept = self._turned_down[pod.cls] = (version, self.diagnose(pod))
        return replace(kept[1])

    def diagnose(self, pod: Pod) -> Diagnosis:
        """Which plugin turns down which rows: for each row the first one that does."""
        table = self.table
        everything = slice(0, table.capacity)
        open_ = table.alive.copy()
        found = Diagnosis(len(table), np.zeros(table.capacity, np.bool_))
        if pod.pinned is not None:
            elsewhere = open_.copy()
            elsewhere[rows_of(table.rows[name] for name in pod.pinned if name in table.rows)] = False
            found.add(node_affinity.NAME, [Rejection(node_affinity.PINNED_MESSAGE, elsewhere, True)], open_)
        for plugin in LOCAL_FILTERS:
            found.add(plugin.name, plugin.reject(pod.cls.local, table, everything), open_)
        for cluster_plugin, prepared in self.cluster_plugins(pod.cls):
            found.add(cluster_plugin.name, prepared.reject(everything), open_)
        if len(self.nominations) and open_.any():
            self._diagnose_promised(pod, found, open_)
        return found

    def _diagnose_promised(self, pod: Pod, found: Diagnosis, open_: Mask) -> None:
        for node, others in self.nominations.beside(pod):
            row = self.table.rows.get(node)
            if row is None or not open_[row]:
                continue
            where = rows_of((row,))
            with self.placed(others, row):
                for plugin in LOCAL_FILTERS:
                    found.add_row(plugin.name, plugin.reject(pod.cls.local, self.table, where), row, open_)
                for cluster_plugin, prepared in self.cluster_plugins(pod.cls):
                    found.add_row(cluster_plugin.name, prepared.reject(where), row, open_)
