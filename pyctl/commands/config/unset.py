"""`config unset PROPERTY`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.commands.config.set import set_property
from pybernetes.pyctl.kubeconfig_editing import one_argument
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    path = one_argument(session, "unset")
    set_property(session, path, None)
    session.write(f'Property "{path}" unset.')
    return 0


COMMAND = Command("config unset PROPERTY_NAME", "Unset an individual value in a kubeconfig file", run)
