"""`config rename-context OLD NEW`."""

from __future__ import annotations

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig_editing import content, file_with, write
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    if len(session.values.arguments) != 2:
        raise Failure("exactly two arguments are required: CONTEXT_NAME NEW_NAME")
    old, new = session.values.arguments
    if kubeconfig.find(content(session), "contexts", old) is None:
        raise Failure(f'cannot rename the context "{old}", it\'s not in {file_with(session, "contexts", old)}')
    if kubeconfig.find(content(session), "contexts", new) is not None:
        raise Failure(
            f'cannot rename the context "{old}", the context "{new}" already exists in '
            f"{file_with(session, 'contexts', new)}"
        )
    path = file_with(session, "contexts", old)
    file = kubeconfig.read_file(str(path))
    file["contexts"] = [{**one, "name": new} if one["name"] == old else one for one in file["contexts"]]
    if file.get("current-context") == old:
        file["current-context"] = new
    write(path, file)
    session.write(f'Context "{old}" renamed to "{new}".')
    return 0


COMMAND = Command("config rename-context CONTEXT_NAME NEW_NAME", "Rename a context from the kubeconfig file", run)
