"""`config get-users`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.kubeconfig_editing import content
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    session.write("NAME")
    for name in sorted(str(entry["name"]) for entry in content(session)["users"]):
        session.write(name)
    return 0


COMMAND = Command("config get-users", "Display users defined in the kubeconfig", run)
