"""The whole answer for one pod: who turned down how many nodes and why, and how the others compare.

`explain` is a question about the table as it is now; it changes nothing and costs about as much as ten decisions.
A pod that is on a node already is judged as if it were about to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pybernetes.api.object import Json
from pybernetes.scheduler.decision import Decider
from pybernetes.scheduler.plugins import (
    CLUSTER_PLUGINS,
    IMAGE_WEIGHT,
    LOCAL_SCORERS,
    NORMALIZED_SCORERS,
    image_locality,
    inter_pod_affinity,
    node_affinity,
    node_resources_balanced_allocation,
    node_resources_fit,
    pod_topology_spread,
    taint_toleration,
)
from pybernetes.scheduler.plugins.interface import Scores
from pybernetes.scheduler.pod import Pod

COLUMNS = (
    taint_toleration.NAME,
    node_affinity.NAME,
    node_resources_fit.NAME,
    pod_topology_spread.NAME,
    inter_pod_affinity.NAME,
    node_resources_balanced_allocation.NAME,
    image_locality.NAME,
)
WEIGHTS: Mapping[str, int] = {
    **{plugin.name: plugin.weight for plugin in (*NORMALIZED_SCORERS, *LOCAL_SCORERS)},
    **{plugin.name: plugin.weight for plugin in CLUSTER_PLUGINS},
    image_locality.NAME: IMAGE_WEIGHT,
}


@dataclass(frozen=True, slots=True)
class NodeScores:
    """One node that passed all filters. `scores` are from 0 to 100, in the order of COLUMNS, not weighted yet."""

    node: str
    scores: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """`turned_down` has (plugin, reason, nodes) in the order of the plugins; `nodes` the best first."""

    message: str
    turned_down: tuple[tuple[str, str, int], ...]
    nodes: tuple[NodeScores, ...]

    def as_json(self) -> Json:
        """For the page and the command line."""
        return {
            "message": self.message,
            "turnedDown": [
                {"plugin": plugin, "reason": reason, "nodes": count} for plugin, reason, count in self.turned_down
            ],
            "columns": [{"plugin": name, "weight": WEIGHTS[name]} for name in COLUMNS],
            "nodes": [{"node": one.node, "scores": list(one.scores), "total": one.total} for one in self.nodes],
        }


def explain(decider: Decider, pod: Pod) -> Explanation:
    """Why the pod can or cannot go where."""
    diagnosis = decider.diagnose(pod)
    turned_down = tuple(
        (plugin, reason, count)
        for plugin, reasons in diagnosis.by_plugin.items()
        for reason, count in sorted(reasons.items())
    )
    rows = decider.candidates(pod)
    if diagnosis.before or len(rows) == 0:
        return Explanation(diagnosis.message(), turned_down, ())
    columns = score_table(decider, pod, rows)
    total: Scores = np.zeros(len(rows), np.int64)
    for name in COLUMNS:
        total += WEIGHTS[name] * columns[name]
    found = [
        NodeScores(decider.name_of(int(row)), tuple(int(columns[name][i]) for name in COLUMNS), int(total[i]))
        for i, row in enumerate(rows)
    ]
    found.sort(key=lambda one: (-one.total, one.node))
    fits = f"{len(rows)}/{len(decider.table)} nodes are available."
    return Explanation(fits, turned_down, tuple(found))


def score_table(decider: Decider, pod: Pod, rows: NDArray[np.intp]) -> dict[str, Scores]:
    """The score of every plugin for rows that passed the filters."""
    table, local = decider.table, pod.cls.local
    columns: dict[str, Scores] = {}
    for plugin in (*NORMALIZED_SCORERS, *LOCAL_SCORERS):
        raw = plugin.score(local, table, rows)
        columns[plugin.name] = plugin.normalize(raw) if plugin.normalize else raw
    nothing: Scores = np.zeros(len(rows), np.int64)
    for name in (pod_topology_spread.NAME, inter_pod_affinity.NAME):
        columns[name] = nothing
    for cluster_plugin, prepared in decider.cluster_plugins(pod.cls):
        if prepared.scores():
            columns[cluster_plugin.name] = prepared.score(rows)
    images = image_locality.score_all(local, table)
    columns[image_locality.NAME] = nothing if images is None else images[rows]
    return columns
