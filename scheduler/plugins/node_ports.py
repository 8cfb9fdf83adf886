"""NodePorts: two pods cannot have the same port of a node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pybernetes.scheduler.labels import Rows
from pybernetes.scheduler.plugins.interface import Rejection
from pybernetes.scheduler.pod import ANY_ADDRESS, HostPort, LocalRequirements
from pybernetes.scheduler.table import Table

NAME = "NodePorts"
MESSAGE = "node(s) didn't have free ports for the requested pod ports"


def taken_rows(ports: Sequence[HostPort], table: Table) -> Iterator[int]:
    """The rows where one of these ports is taken."""
    for wanted in ports:
        for row, addresses in table.ports.get((wanted.protocol, wanted.port), {}).items():
            if wanted.address == ANY_ADDRESS or wanted.address in addresses or ANY_ADDRESS in addresses:
                yield row


def reject(local: LocalRequirements, table: Table, rows: Rows) -> Sequence[Rejection]:
    if not local.ports:
        return ()
    taken = np.zeros(table.capacity, np.bool_)
    for row in taken_rows(local.ports, table):
        taken[row] = True
    return (Rejection(MESSAGE, taken[rows]),)
