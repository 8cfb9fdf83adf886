"""NodeResourcesFit: the node must have what the pod requests, and the more is left then, the better.

Scores are those of the LeastAllocated strategy over cpu and memory, weight 1 each, in integers as Kubernetes has
them: 100 * (allocatable - requested) / allocatable, rounded down, averaged over the resources that the node has.
Containers without requests count as small ones here (`Table.scored_cpu`), but not for whether the pod fits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pybernetes.scheduler.labels import Mask, Rows
from pybernetes.scheduler.plugins.interface import MAX_SCORE, Rejection, Scores, length
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import CPU, MEMORY, Table

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
    cpu, has_cpu = _free_share(table.allocatable[CPU][rows], table.scored_cpu[rows] + local.scored_cpu)
    memory, has_memory = _free_share(table.allocatable[MEMORY][rows], table.scored_memory[rows] + local.scored_memory)
    total: Scores = cpu + memory
    if has_cpu.all() and has_memory.all():
        return total // 2
    average: Scores = total // np.maximum(has_cpu.astype(np.int64) + has_memory, 1)
    return average


def _free_share(allocatable: Scores, requested: Scores) -> tuple[Scores, Mask]:
    """(what would be left in hundredths of what there is, whether there is any of it)."""
    free = np.maximum(allocatable - requested, 0)
    return free * MAX_SCORE // np.maximum(allocatable, 1), allocatable > 0
