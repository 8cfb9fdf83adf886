"""`top node`."""

from __future__ import annotations

from pybernetes.api.object import name_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import SELECTOR
from pybernetes.pyctl.output.tables import align
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Target, list_objects, selection_query
from pybernetes.pyctl.usage import mebibytes, millicores, read_metrics, sort_usage


def run(session: Session) -> int:
    values = session.values
    name = values.arguments[0] if values.arguments else ""
    found = read_metrics(session, f"/nodes/{name}" if name else "/nodes", selection_query(session))
    room = {
        name_of(node): (node.get("status") or {}).get("allocatable") or {}
        for node in list_objects(session, Target(resource("nodes"), ""))
    }
    rows = [] if values.on("no-headers") else [["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"]]
    lines = []
    for item in found:
        cpu, memory = millicores(item["usage"]["cpu"]), mebibytes(item["usage"]["memory"])
        total = room.get(name_of(item), {})
        of_cpu = f"{cpu * 100 // millicores(total['cpu'])}%" if "cpu" in total else "<unknown>"
        of_memory = f"{memory * 100 // mebibytes(total['memory'])}%" if "memory" in total else "<unknown>"
        lines.append((cpu, memory, [name_of(item), f"{cpu}m", of_cpu, f"{memory}Mi", of_memory]))
    sort_usage(lines, values.text("sort-by"))
    for line in align([*rows, *(cells for _, _, cells in lines)]):
        session.write(line)
    return 0


COMMAND = Command(
    "top node [NAME | -l label]",
    "Display resource (CPU/memory) usage of nodes",
    run,
    (
        SELECTOR,
        Flag("no-headers", "bool", False, help="Print no header line."),
        Flag("sort-by", help="cpu or memory"),
    ),
)
