"""NodeUnschedulable: nodes that are cordoned take no pods but those that tolerate it."""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.core.taints import is_tolerated
from pybernetes.scheduler.labels import Rows
from pybernetes.scheduler.plugins.interface import Rejection
from pybernetes.scheduler.pod import LocalRequirements
from pybernetes.scheduler.table import Table

NAME = "NodeUnschedulable"
MESSAGE = "node(s) were unschedulable"
_TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def tolerates_unschedulable(local: LocalRequirements) -> bool:
    return is_tolerated(_TAINT, local.tolerations)


def reject(local: LocalRequirements, table: Table, rows: Rows) -> Sequence[Rejection]:
    cordoned = table.unschedulable[rows]
    if not cordoned.any() or tolerates_unschedulable(local):
        return ()
    return (Rejection(MESSAGE, cordoned, True),)
