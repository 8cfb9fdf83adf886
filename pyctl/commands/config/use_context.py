"""`config use-context NAME`."""

from __future__ import annotations

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig_editing import content, file_with_current_context, one_argument, write
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_argument(session, "use-context")
    if kubeconfig.find(content(session), "contexts", name) is None:
        raise Failure(f'no context exists with the name: "{name}"')
    path = file_with_current_context(session)
    write(path, {**kubeconfig.read_file(str(path)), "current-context": name})
    session.write(f'Switched to context "{name}".')
    return 0


COMMAND = Command("config use-context CONTEXT_NAME", "Set the current-context in a kubeconfig file", run)
