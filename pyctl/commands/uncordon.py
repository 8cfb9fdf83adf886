"""`uncordon`: new pods on these nodes again."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.node_changes import NODE_FLAGS, mark_all
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    return mark_all(session, "uncordon", False)


COMMAND = Command("uncordon NODE", "Mark node as schedulable", run, NODE_FLAGS)
