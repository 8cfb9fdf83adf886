"""NodeName: a pod that names its node goes nowhere else."""

from __future__ import annotations

from pybernetes.scheduler.labels import Rows
from pybernetes.scheduler.plugins.interface import Rejection
from pybernetes.scheduler.table import Table

NAME = "NodeName"
MESSAGE = "node(s) didn't match the requested node name"


def reject(node_name: str, table: Table, rows: Rows) -> Rejection:
    return Rejection(MESSAGE, table.names.codes[rows] != table.names.values.get(node_name, -1), True)
