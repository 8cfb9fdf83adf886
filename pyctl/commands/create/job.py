"""`create job NAME`: from an image, or once from what a cron job describes."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import annotations_of, controller_reference, labels_of
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import find_one

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    split = values.after_dash if values.after_dash is not None else len(values.arguments)
    if split != 1:
        raise Failure(f"exactly one NAME is required, got {split}\nSee 'pyctl create job -h' for help and examples")
    name, command = values.arguments[0], values.arguments[split:]
    image, source = values.text("image"), values.text("from")
    if bool(image) == bool(source):
        raise Failure("either --image or --from must be specified")
    if source:
        if command:
            raise Failure("cannot specify --from and command")
        obj = _from_cron_job(session, name, source)
    else:
        container: Json = {"name": name, "image": image, "resources": {}}
        if command:
            container["command"] = command
        template = {"spec": {"containers": [container], "restartPolicy": "Never"}}
        obj = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": template}}
    return create_named(session, obj, "job")


def _from_cron_job(session: Session, name: str, source: str) -> Json:
    owner = find_one(session, source).obj
    if owner["kind"] != "CronJob":
        raise Failure(f"from must be an existing cronjob: unknown object type {owner['kind']}")
    template = owner["spec"]["jobTemplate"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "labels": labels_of(template),
            "annotations": {"cronjob.kubernetes.io/instantiate": "manual", **annotations_of(template)},
            "ownerReferences": [controller_reference(owner)],
        },
        "spec": template["spec"],
    }


COMMAND = Command(
    "create job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    "Create a job with the specified name",
    run,
    (
        Flag("image", help="Image name to run."),
        Flag("from", help="The cron job to create a Job from, such as cronjob/name"),
        *CREATE_FLAGS,
    ),
)
