"""`rollout resume`: let a held rollout go on."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.rollout_changes import CHANGE_FLAGS, change_each
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def resume(obj: Json) -> None:
    """Clear the field. Raises `Failure` for what is not paused."""
    name = f'{obj["kind"].lower()}s.apps "{obj["metadata"]["name"]}"'
    if obj["kind"] != "Deployment":
        raise Failure(f"{name} resuming is not supported")
    if not obj["spec"].get("paused"):
        raise Failure(f"{name} is not paused")
    obj["spec"].pop("paused")


def run(session: Session) -> int:
    return change_each(session, resume, "resumed")


COMMAND = Command("rollout resume RESOURCE", "Resume a paused resource", run, CHANGE_FLAGS)
