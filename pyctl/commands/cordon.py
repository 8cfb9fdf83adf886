"""`cordon`: no new pods on these nodes."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.node_changes import NODE_FLAGS, mark_all
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    return mark_all(session, "cordon", True)


COMMAND = Command("cordon NODE", "Mark node as unschedulable", run, NODE_FLAGS)
