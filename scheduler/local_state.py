"""What the local plugins say of every row to pods with the same local requirements, kept current row by row.

    change logs ─→ update(): only the rows that changed ─→ fits, score, ranked

`ranked` is the sum of the scores that need no normalising where the pod fits, and -1 elsewhere: for most pods the
best node is where it is largest. A pod that is placed changes one row, so the next pod that is alike costs the
rescoring of that row and a search for the largest.
"""

from __future__ import annotations

import numpy as np

from pybernetes.scheduler.labels import Mask, Rows, few_rows
from pybernetes.scheduler.plugins import (
    IMAGE_WEIGHT,
    LOCAL_FILTERS,
    LOCAL_SCORERS,
    NORMALIZED_SCORERS,
    image_locality,
)
from pybernetes.scheduler.plugins.interface import LocalFilter, Scores, length
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import Table

_ON_NODE = tuple(plugin for plugin in LOCAL_FILTERS if plugin.on_node)
_ON_PODS = tuple(plugin for plugin in LOCAL_FILTERS if not plugin.on_node)
NOWHERE = -1


def passes(plugins: tuple[LocalFilter, ...], local: LocalRequirements, table: Table, rows: Rows) -> Mask:
    """The rows that none of these plugins turns down."""
    passed = np.ones(length(rows), np.bool_)
    for plugin in plugins:
        for rejection in plugin.reject(local, table, rows):
            passed &= ~rejection.rows
    return passed


class LocalState:
    """Masks and scores of all rows. Call `update` before reading; arrays are as long as the table's capacity."""

    def __init__(self, local: LocalRequirements, table: Table):
        self.local = local
        self._table = table
        self._start()

    def _start(self) -> None:
        capacity = self._table.capacity
        self.allowed: Mask = np.zeros(capacity, np.bool_)
        self.fits: Mask = np.zeros(capacity, np.bool_)
        self.score: Scores = np.zeros(capacity, np.int64)
        self.ranked: Scores = np.full(capacity, NOWHERE, np.int64)
        self.images: Scores | None = None
        self.raw: list[Scores] = [np.zeros(capacity, np.int64) for _ in NORMALIZED_SCORERS]
        self.normalized: list[int] = []
        self._images_version = -1
        self._node_position = self._pod_position = -1

    def update(self) -> None:
        """Bring everything up to the table."""
        table = self._table
        if len(self.fits) != table.capacity:
            self._start()
        nodes = table.node_changes.since(self._node_position)
        pods = table.pod_changes.since(self._pod_position)
        if self._images_version != table.images_version:
            self.images = image_locality.score_all(self.local, table)
            nodes = None
        self._images_version = table.images_version
        self._node_position, self._pod_position = table.node_changes.position, table.pod_changes.position
        if nodes is None or pods is None:
            self._update_nodes(slice(0, table.size))
            self._update_pods(slice(0, table.size))
            return
        if nodes:
            self._update_nodes(few_rows(nodes))
        changed = pods if not nodes else sorted({*nodes, *pods})
        if changed:
            self._update_pods(few_rows(changed))

    def _update_nodes(self, rows: Rows) -> None:
        table = self._table
        self.allowed[rows] = passes(_ON_NODE, self.local, table, rows) & table.alive[rows]
        for plugin, raw in zip(NORMALIZED_SCORERS, self.raw, strict=True):
            raw[rows] = plugin.score(self.local, table, rows)
        self.normalized = [number for number, raw in enumerate(self.raw) if raw.any()]

    def _update_pods(self, rows: Rows) -> None:
        table, local = self._table, self.local
        fits = passes(_ON_PODS, local, table, rows) & self.allowed[rows]
        total = np.zeros(length(rows), np.int64)
        for plugin in LOCAL_SCORERS:
            total += plugin.weight * plugin.score(local, table, rows)
        if self.images is not None:
            total += IMAGE_WEIGHT * self.images[rows]
        self.fits[rows] = fits
        self.score[rows] = total
        self.ranked[rows] = np.where(fits, total, NOWHERE)
