"""`config delete-cluster NAME`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig_editing import one_argument, paths, remove
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_argument(session, "delete-cluster")
    path = remove(session, "clusters", name)
    if path is None:
        raise Failure(f"cannot delete cluster {name}, not in {paths(session)[0]}")
    session.write(f"deleted cluster {name} from {path}")
    return 0


COMMAND = Command("config delete-cluster NAME", "Delete the specified cluster from the kubeconfig", run)
