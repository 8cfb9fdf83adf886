"""`create namespace NAME`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_name(session, "create namespace")
    obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return create_named(session, obj, "")


COMMAND = Command("create namespace NAME", "Create a namespace with the specified name", run, CREATE_FLAGS)
