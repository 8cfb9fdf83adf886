"""NodeResourcesFit: the node must have what the pod requests, and the more is left then, the better.

Scores are those of the LeastAllocated strategy over cpu and memory, weight 1 each, in integers as Kubernetes has
them: 100 * (allocatable - requested) / allocatable, rounded down, averaged over the resources that the node has.
Containers without requests count as small ones here (`Table.core_scored`), but not for whether the pod fits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pybernetes.scheduler.labels import Rows
from pybernetes.scheduler.plugins.interface import MAX_SCORE, Rejection, Scores, length
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import Table

NAME = "NodeResourcesFit"
TOO_MANY_PODS = "Too many pods"


def reject(local: LocalRequirements, table: Table, rows: Rows) -> Sequence[Rejection]:
    full = table.pod_counts[rows] >= table.max_pods[rows]
    found = [Rejection(TOO_MANY_PODS, full)] if full.any() else []
    for resource, amount in local.requests:
        column = table.allocatable.get(resource)
        if column is None:
            everywhere = np.ones(length(rows), np.bool_)
            found.append(Rejection(f"Insufficient {resource}", everywhere, True))
            continue
        allocatable = column[rows]
        short = allocatable - table.requested[resource][rows] < amount
        if short.any():
            found.append(Rejection(f"Insufficient {resource}", short, allocatable < amount))
    return found


def score(local: LocalRequirements, table: Table, rows: Rows) -> Scores:
    has = table.core_allocatable[:, rows]
    free = np.maximum(has - table.core_scored[:, rows] - local.core_scored, 0)
    shares = free * MAX_SCORE // np.maximum(has, 1)
    total: Scores = shares[0] + shares[1]
    present = has > 0
    parts = 2 if present.all() else np.maximum(present.sum(axis=0), 1)
    return total // parts
