"""`config delete-context NAME`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig_editing import one_argument, paths, remove
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_argument(session, "delete-context")
    path = remove(session, "contexts", name)
    if path is None:
        raise Failure(f"cannot delete context {name}, not in {paths(session)[0]}")
    session.write(f"deleted context {name} from {path}")
    return 0


COMMAND = Command("config delete-context NAME", "Delete the specified context from the kubeconfig", run)
