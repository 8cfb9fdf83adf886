"""`create serviceaccount NAME`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_name(session, "create serviceaccount")
    obj = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
    return create_named(session, obj, "serviceaccount")


COMMAND = Command("create serviceaccount NAME", "Create a service account with the specified name", run, CREATE_FLAGS)
