"""NodeResourcesBalancedAllocation: prefer nodes where the pod brings the use of cpu and memory closer together.

The balance of a node is 100 * (1 - s), where s is the standard deviation of the used shares of cpu and memory (for
two of them half their difference; 0 when the node has only one). The score is 50 + (50 + balance with the pod -
balance without) / 2: 75 when the pod changes nothing. Pods that request neither are not scored. This is the rule
since Kubernetes 1.36; before, only the balance with the pod counted.
"""

from __future__ import annotations

import numpy as np

from pybernetes.scheduler.labels import Mask, Rows
from pybernetes.scheduler.plugins.interface import MAX_SCORE, Scores, length
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import Table

NAME = "NodeResourcesBalancedAllocation"
_HALF = MAX_SCORE // 2


def score(local: LocalRequirements, table: Table, rows: Rows) -> Scores:
    if not local.core.any():
        return np.zeros(length(rows), np.int64)
    has = table.core_allocatable[:, rows]
    used = table.core_requested[:, rows]
    limit = np.maximum(has, 1)
    one_missing: Mask | None = None if has.all() else (has[0] == 0) | (has[1] == 0)
    before = _balance(used, limit, one_missing)
    after = _balance(used + local.core, limit, one_missing)
    return _HALF + (_HALF + after - before) // 2


def _balance(used: Scores, limit: Scores, one_missing: Mask | None) -> Scores:
    shares = np.minimum(used / limit, 1.0)
    deviation = np.abs(shares[0] - shares[1]) / 2
    if one_missing is not None:
        deviation[one_missing] = 0.0
    result: Scores = ((1.0 - deviation) * MAX_SCORE).astype(np.int64)
    return result
