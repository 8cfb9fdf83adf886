"""`create deployment NAME --image`."""

from __future__ import annotations

import re
from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def container_name(image: str) -> str:
    """A container's name out of an image's: the last part of the path, without tag and digest."""
    base = image.split("@")[0].rpartition("/")[2].split(":")[0]
    return re.sub(r"[^a-z0-9-]", "-", base.lower())


def run(session: Session) -> int:
    values = session.values
    arguments = values.arguments
    split = values.after_dash if values.after_dash is not None else len(arguments)
    if split != 1:
        raise Failure(
            f"exactly one NAME is required, got {split}\nSee 'pyctl create deployment -h' for help and examples"
        )
    name, command, images = arguments[0], arguments[split:], values.items("image")
    if not images:
        raise Failure('required flag(s) "image" not set')
    if command and len(images) > 1:
        raise Failure("cannot specify multiple --image options and command")
    labels = {"app": name}
    containers: list[Json] = [{"name": container_name(image), "image": image, "resources": {}} for image in images]
    if command:
        containers[0]["command"] = command
    if values.number("port"):
        containers[0]["ports"] = [{"containerPort": values.number("port")}]
    obj: Json = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": values.number("replicas"),
            "selector": {"matchLabels": labels},
            "strategy": {},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    }
    return create_named(session, obj, "deployment")


COMMAND = Command(
    "create deployment NAME --image=image -- [COMMAND] [args...]",
    "Create a deployment with the specified name",
    run,
    (
        Flag("image", "slice", (), help="Image names to run, a container each."),
        Flag("port", "int", 0, help="The containerPort that this deployment exposes."),
        Flag("replicas", "int", 1, short="r", help="Number of replicas to create."),
        *CREATE_FLAGS,
    ),
)
