"""`rollout restart`: replace all pods, by an annotation on the template that is new."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.patching import pod_template
from pybernetes.pyctl.rollout_changes import CHANGE_FLAGS, change_each
from pybernetes.pyctl.rollouts import RESTARTED_AT
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    moment = datetime.now().astimezone().isoformat(timespec="seconds")

    def restart(obj: Json) -> None:
        if obj["kind"] not in ("Deployment", "DaemonSet", "StatefulSet"):
            raise Failure(f'{obj["kind"].lower()}s "{obj["metadata"]["name"]}" restarting is not supported')
        if obj["spec"].get("paused"):
            raise Failure("can't restart paused deployment (run rollout resume first)")
        metadata = pod_template(obj).setdefault("metadata", {})
        metadata["annotations"] = {**(metadata.get("annotations") or {}), RESTARTED_AT: moment}

    return change_each(session, restart, "restarted")


COMMAND = Command("rollout restart RESOURCE", "Restart a resource", run, CHANGE_FLAGS)
