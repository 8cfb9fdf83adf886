"""TaintToleration: taints keep pods off a node, or make it a worse choice.

Nodes with equal taints share a number (`Table.taint_sets`), so tolerations are compared once for each distinct set
of taints and looked up for each row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pybernetes.api.core.taints import PREFER_NO_SCHEDULE, is_tolerated, untolerated_taint
from pybernetes.scheduler.labels import Mask, Rows
from pybernetes.scheduler.plugins.interface import Rejection, Scores
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import Table

NAME = "TaintToleration"
MESSAGE = "node(s) had untolerated taint(s)"


def untolerated(local: LocalRequirements, table: Table, rows: Rows) -> Mask:
    """The rows with a NoSchedule or NoExecute taint that the pod does not bear."""
    refused = [untolerated_taint(taints, local.tolerations) is not None for taints in table.taint_sets]
    by_set: Mask = np.array([*refused, False], np.bool_)
    return by_set[table.taints.codes[rows]]


def reject(local: LocalRequirements, table: Table, rows: Rows) -> Sequence[Rejection]:
    refused = untolerated(local, table, rows)
    return (Rejection(MESSAGE, refused, True),) if refused.any() else ()


def score(local: LocalRequirements, table: Table, rows: Rows) -> Scores:
    """How many PreferNoSchedule taints the pod does not bear; fewer is better."""
    bears = [t for t in local.tolerations if not t.get("effect") or t["effect"] == PREFER_NO_SCHEDULE]
    counts = [
        sum(taint.get("effect") == PREFER_NO_SCHEDULE and not is_tolerated(taint, bears) for taint in taints)
        for taints in table.taint_sets
    ]
    by_set: Scores = np.array([*counts, 0], np.int64)
    return by_set[table.taints.codes[rows]]
