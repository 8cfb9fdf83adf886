"""`config get-clusters`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.kubeconfig_editing import content
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    session.write("NAME")
    for name in sorted(str(entry["name"]) for entry in content(session)["clusters"]):
        session.write(name)
    return 0


COMMAND = Command("config get-clusters", "Display clusters defined in the kubeconfig", run)
