"""`config current-context`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig_editing import content
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    current = content(session).get("current-context")
    if not current:
        raise Failure("current-context is not set")
    session.write(current)
    return 0


COMMAND = Command("config current-context", "Display the current-context", run)
