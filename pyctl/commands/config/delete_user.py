"""`config delete-user NAME`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig_editing import one_argument, paths, remove
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_argument(session, "delete-user")
    path = remove(session, "users", name)
    if path is None:
        raise Failure(f"cannot delete user {name}, not in {paths(session)[0]}")
    session.write(f"deleted user {name} from {path}")
    return 0


COMMAND = Command("config delete-user NAME", "Delete the specified user from the kubeconfig", run)
