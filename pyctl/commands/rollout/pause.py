"""`rollout pause`: hold a deployment's rollout."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.rollout_changes import CHANGE_FLAGS, change_each
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def pause(obj: Json) -> None:
    """Set the field. Raises `Failure` for what cannot be paused or is."""
    name = f'{obj["kind"].lower()}s.apps "{obj["metadata"]["name"]}"'
    if obj["kind"] != "Deployment":
        raise Failure(f"{name} pausing is not supported")
    if obj["spec"].get("paused"):
        raise Failure(f"{name} is already paused")
    obj["spec"]["paused"] = True


def run(session: Session) -> int:
    return change_each(session, pause, "paused")


COMMAND = Command("rollout pause RESOURCE", "Mark the provided resource as paused", run, CHANGE_FLAGS)
