"""NodeResourcesBalancedAllocation: prefer nodes where the pod brings the use of cpu and memory closer together.

The balance of a node is 100 * (1 - s), where s is the standard deviation of the used shares of cpu and memory (for
two of them half their difference; 0 when the node has only one). The score is 50 + (50 + balance with the pod -
balance without) / 2: 75 when the pod changes nothing. Pods that request neither are not scored. This is the rule
since Kubernetes 1.36; before, only the balance with the pod counted.
"""

from __future__ import annotations

import numpy as np

from pybernetes.scheduler.labels import Rows
from pybernetes.scheduler.plugins.interface import MAX_SCORE, Scores, length
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import CPU, MEMORY, Table

NAME = "NodeResourcesBalancedAllocation"
_HALF = MAX_SCORE // 2


def score(local: LocalRequirements, table: Table, rows: Rows) -> Scores:
    requests = dict(local.requests)
    cpu, memory = requests.get(CPU, 0), requests.get(MEMORY, 0)
    if cpu == 0 and memory == 0:
        return np.zeros(length(rows), np.int64)
    has = (table.allocatable[CPU][rows], table.allocatable[MEMORY][rows])
    used = (table.requested[CPU][rows], table.requested[MEMORY][rows])
    before = _balance(has, used)
    after = _balance(has, (used[0] + cpu, used[1] + memory))
    return _HALF + (_HALF + after - before) // 2


def _balance(has: tuple[Scores, Scores], used: tuple[Scores, Scores]) -> Scores:
    shares = [np.minimum(taken / np.maximum(all_, 1), 1.0) for all_, taken in zip(has, used, strict=True)]
    deviation = np.abs(shares[0] - shares[1]) / 2
    both = (has[0] > 0) & (has[1] > 0)
    if not both.all():
        deviation[~both] = 0.0
    result: Scores = ((1.0 - deviation) * MAX_SCORE).astype(np.int64)
    return result
