"""`set selector`: which labels a service's pods have."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.generating import pairs
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.setting import SET_FLAGS, set_on_each

Json = dict[str, Any]


def run(session: Session) -> int:
    if not session.values.arguments or "=" not in session.values.arguments[-1]:
        raise Failure("one or more resources must be specified as <resource> <name> or <resource>/<name>")
    selector = dict(pairs(session.values.arguments.pop().split(","), "selector"))

    def edit(obj: Json) -> None:
        if obj["kind"] != "Service":
            raise Failure(f"setting a selector is only supported for Services, not {obj['kind']}")
        obj["spec"]["selector"] = selector

    return set_on_each(session, edit, changed="selector updated")


COMMAND = Command(
    "set selector (-f FILENAME | TYPE NAME) EXPRESSIONS", "Set the selector on a resource", run, SET_FLAGS
)
