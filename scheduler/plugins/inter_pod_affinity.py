"""InterPodAffinity: pods that want to be near others, or away from them, and others that want that of this one.

Required terms filter, in this order: the pod's affinity (every term needs a matching pod in the node's domain; the
first pod of a group that matches its own terms may go anywhere), its anti-affinity (no matching pod there), and the
anti-affinity of pods that are there already. Preferred terms of either side add to the score of their domain, and
so do required affinities of pods that are there.

What the pod's own terms match comes from counters, what others hold from term columns (`pod_index.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pybernetes.scheduler.labels import ABSENT, Mask, Rows
from pybernetes.scheduler.plugins.interface import MAX_SCORE, Prepared, Rejection, Scores, length
from pybernetes.scheduler.pod import AffinityTerm, PodClass
from pybernetes.scheduler.pod_index import AffinityQuery, Counter, TermColumn
from pybernetes.scheduler.row_counts import RowCounts
from pybernetes.scheduler.table import Table

NAME = "InterPodAffinity"
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"


class _Affinity:
    """The terms of one class of pods and the terms that others hold against or for it."""

    def __init__(self, cls: PodClass, table: Table):
        self._cls, self._table = cls, table
        self._near: Counter | None = self._open(cls.affinity) if cls.affinity else None
        self._away = [(term, self._open((term,))) for term in cls.anti_affinity]
        self._preferred = [(term, weight, self._open((term,))) for term, weight in cls.preferred]
        self._terms_version = -1
        self._repelling: list[TermColumn] = []
        self._weighing: list[TermColumn] = []

    def _open(self, terms: tuple[AffinityTerm, ...]) -> Counter:
        return self._table.index.open_counter(AffinityQuery(terms))

    def close(self) -> None:
        counters = [counter for _, counter in self._away] + [counter for _, _, counter in self._preferred]
        for counter in [*counters, *([self._near] if self._near else [])]:
            self._table.index.close_counter(counter)
        self._near, self._away, self._preferred = None, [], []

    def _look_around(self) -> None:
        """Find the terms that others hold and that match these pods, if terms came or went."""
        index = self._table.index
        if self._terms_version != index.terms_version:
            found = list(index.columns_matching(self._cls.namespace, self._cls.labels))
            self._repelling = [column for column in found if column.repels]
            self._weighing = [column for column in found if not column.repels]
            self._terms_version = index.terms_version

    def filters(self) -> bool:
        self._look_around()
        return bool(self._near or self._away or self._repelling)

    def reject(self, rows: Rows) -> Sequence[Rejection]:
        if not self.filters():
            return ()
        passed = np.ones(length(rows), np.bool_)
        found: list[Rejection] = []

        def turn_down(message: str, bad: Mask, hopeless: bool) -> None:
            found.append(Rejection(message, bad & passed, hopeless))
            np.logical_and(passed, ~bad, out=passed)

        if self._near is not None:
            turn_down(AFFINITY, ~self._attracted(self._near, rows), True)
        if self._away:
            turn_down(ANTI_AFFINITY, self._crowded([*self._away], rows), False)
        if self._repelling:
            turn_down(EXISTING, self._crowded([(column.term, column) for column in self._repelling], rows), False)
        return found

    def _attracted(self, near: Counter, rows: Rows) -> Mask:
        """Rows where each affinity term finds a matching pod in its domain."""
        labelled, found = np.ones(length(rows), np.bool_), np.ones(length(rows), np.bool_)
        somewhere = False
        for term in self._cls.affinity:
            column = self._table.label(term.topology_key)
            sums, codes = near.sums(column), column.codes[rows]
            somewhere = somewhere or bool(sums.any())
            labelled &= codes != ABSENT
            found &= sums[codes] > 0
        if not somewhere and self._matches_itself():
            return labelled
        return found & labelled

    def _matches_itself(self) -> bool:
        cls, namespaces = self._cls, self._table.index.namespaces
        return all(term.matches(cls.namespace, cls.labels, namespaces) for term in cls.affinity)

    def _crowded(self, terms: Sequence[tuple[AffinityTerm, RowCounts]], rows: Rows) -> Mask:
        """Rows in a domain where one of these counts is above 0."""
        crowded = np.zeros(length(rows), np.bool_)
        for term, counts in terms:
            column = self._table.label(term.topology_key)
            crowded |= counts.sums(column)[column.codes[rows]] > 0
        return crowded

    def scores(self) -> bool:
        self._look_around()
        return bool(self._preferred or self._weighing)

    def score(self, rows: NDArray[np.intp]) -> Scores:
        """The weights that apply in the node's domains, put on a scale from the least to the most."""
        raw = np.zeros(len(rows), np.int64)
        for term, weight, counter in self._preferred:
            column = self._table.label(term.topology_key)
            raw += weight * counter.sums(column)[column.codes[rows]]
        for held in self._weighing:
            column = self._table.label(held.term.topology_key)
            raw += held.sums(column)[column.codes[rows]]
        least, most = int(raw.min()), int(raw.max())
        if most == least:
            return np.zeros(len(rows), np.int64)
        return (float(MAX_SCORE) * ((raw - least) / (most - least))).astype(np.int64)


def prepare(cls: PodClass, table: Table) -> Prepared | None:
    return _Affinity(cls, table)
