"""`config set-context NAME|--current`: change or add a context."""

from __future__ import annotations

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.kubeconfig_editing import content, one_argument, put
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    values, file = session.values, content(session)
    if values.on("current"):
        name = str(file.get("current-context") or "")
        if not name:
            raise Failure("no current context is set")
    else:
        name = one_argument(session, "set-context")
    context = kubeconfig.find(file, "contexts", name) or {}
    for flag in ("cluster", "user", "namespace"):
        if values.given(flag):
            context[flag] = values.text(flag)
    existed = put(session, "contexts", name, context)
    session.write(f'Context "{name}" {"modified" if existed else "created"}.')
    return 0


COMMAND = Command(
    "config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
    "Set a context entry in kubeconfig",
    run,
    (Flag("current", "bool", False, help="Modify the current context"),),
)
