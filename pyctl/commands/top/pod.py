"""`top pod`."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import name_of, namespace_of
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL_NAMESPACES, FIELD_SELECTOR, SELECTOR
from pybernetes.pyctl.output.tables import align
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import selection_query
from pybernetes.pyctl.usage import mebibytes, millicores, read_metrics, sort_usage

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    everywhere = values.on("all-namespaces")
    path = "/pods" if everywhere else f"/namespaces/{session.namespace}/pods"
    if values.arguments:
        path += f"/{values.arguments[0]}"
    found = read_metrics(session, path, selection_query(session))
    if not found:
        session.complain("No resources found" + ("" if everywhere else f" in {session.namespace} namespace."))
        return 0
    by_container = values.on("containers")
    header = ["NAMESPACE"] if everywhere else []
    header += ["POD", "NAME"] if by_container else ["NAME"]
    rows = [] if values.on("no-headers") else [[*header, "CPU(cores)", "MEMORY(bytes)"]]
    lines = [line for pod in found for line in _lines(pod, everywhere=everywhere, by_container=by_container)]
    sort_usage(lines, values.text("sort-by"))
    for text in align([*rows, *([*names, f"{cpu}m", f"{memory}Mi"] for cpu, memory, names in lines)]):
        session.write(text)
    return 0


def _lines(pod: Json, *, everywhere: bool, by_container: bool) -> list[tuple[int, int, list[str]]]:
    head = [namespace_of(pod)] if everywhere else []
    each = [
        (millicores(one["usage"]["cpu"]), mebibytes(one["usage"]["memory"]), [*head, name_of(pod), one["name"]])
        for one in pod.get("containers") or ()
    ]
    if by_container:
        return each
    return [(sum(one[0] for one in each), sum(one[1] for one in each), [*head, name_of(pod)])]


COMMAND = Command(
    "top pod [NAME | -l label]",
    "Display resource (CPU/memory) usage of pods",
    run,
    (
        SELECTOR,
        FIELD_SELECTOR,
        ALL_NAMESPACES,
        Flag("containers", "bool", False, help="Print usage of containers within a pod."),
        Flag("no-headers", "bool", False, help="Print no header line."),
        Flag("sort-by", help="cpu or memory"),
    ),
)
