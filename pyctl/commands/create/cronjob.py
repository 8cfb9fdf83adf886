"""`create cronjob NAME --image --schedule`."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    split = values.after_dash if values.after_dash is not None else len(values.arguments)
    if split != 1:
        raise Failure(f"exactly one NAME is required, got {split}\nSee 'pyctl create cronjob -h' for help and examples")
    name, command = values.arguments[0], values.arguments[split:]
    missing = [f'"{flag}"' for flag in ("image", "schedule") if not values.text(flag)]
    if missing:
        raise Failure(f"required flag(s) {', '.join(missing)} not set")
    container: Json = {"name": name, "image": values.text("image"), "resources": {}}
    if command:
        container["command"] = command
    pod = {"spec": {"containers": [container], "restartPolicy": values.text("restart") or "OnFailure"}}
    obj: Json = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name},
        "spec": {
            "schedule": values.text("schedule"),
            "jobTemplate": {"metadata": {"name": name}, "spec": {"template": pod}},
        },
    }
    return create_named(session, obj, "cronjob")


COMMAND = Command(
    "create cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
    "Create a cron job with the specified name",
    run,
    (
        Flag("image", help="Image name to run."),
        Flag("schedule", help="A schedule in the Cron format the job should be run with."),
        Flag("restart", help="The job's restart policy: OnFailure, Never"),
        *CREATE_FLAGS,
    ),
)
