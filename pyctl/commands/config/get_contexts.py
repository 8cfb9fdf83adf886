"""`config get-contexts`."""

from __future__ import annotations

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import OUTPUT
from pybernetes.pyctl.kubeconfig_editing import content
from pybernetes.pyctl.output.tables import align
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    values, file = session.values, content(session)
    if values.text("output") not in ("", "name"):
        raise Failure(f"output must be one of '' or 'name': {values.text('output')}")
    names = values.arguments or sorted(str(entry["name"]) for entry in file["contexts"])
    rows = [] if values.on("no-headers") else [["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]]
    missing = []
    for name in names:
        context = kubeconfig.find(file, "contexts", name)
        if context is None:
            missing.append(name)
            continue
        current = "*" if name == file.get("current-context") else ""
        rows.append([current, name, context.get("cluster", ""), context.get("user", ""), context.get("namespace", "")])
    if values.text("output") == "name":
        for name in names:
            session.write(name)
        return 0
    for line in align(rows):
        session.write(line)
    if missing:
        raise Failure(f"context {missing[0]} not found")
    return 0


COMMAND = Command(
    "config get-contexts [(-o|--output=)name)]",
    "Describe one or many contexts",
    run,
    (OUTPUT, Flag("no-headers", "bool", False, help="Print no header line.")),
)
