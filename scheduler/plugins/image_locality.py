"""ImageLocality: prefer nodes that have the pod's images, the more the larger they are.

An image counts with its size times the share of nodes that have it, so that one node with a large image does not
draw every pod. The sum is put on a scale from 23 MB (0) to 1,000 MB for each container (100). Images that are
mounted as volumes count in the sum, not in the scale, as in Kubernetes 1.36.
"""

from __future__ import annotations

import numpy as np

from pybernetes.scheduler.plugins.interface import MAX_SCORE, Scores
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import Table

NAME = "ImageLocality"
_LEAST_BYTES = 23 << 20
_MOST_BYTES = 1000 << 20


def score_all(local: LocalRequirements, table: Table) -> Scores | None:
    """The scores of all rows; None when they are all 0. They depend on other nodes, so they are never partial."""
    present = [table.images[image] for image in local.images if image in table.images]
    if not present:
        return None
    sums = np.zeros(table.capacity, np.int64)
    for rows in present:
        share = len(rows) / len(table)
        sums[np.fromiter(rows, np.intp, len(rows))] += int(max(rows.values()) * share)
    most = _MOST_BYTES * max(local.image_count, 1)
    return MAX_SCORE * (np.clip(sums, _LEAST_BYTES, most) - _LEAST_BYTES) // (most - _LEAST_BYTES)
