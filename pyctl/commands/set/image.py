"""`set image`: new images for containers of a pod template, which is how a rolling update starts."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.patching import pod_spec
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.setting import SET_FLAGS, containers_of, set_on_each, split_pairs

Json = dict[str, Any]


def run(session: Session) -> int:
    changes = split_pairs(session, lambda argument: "=" in argument)
    if not session.values.arguments and not session.values.items("filename"):
        raise Failure("one or more resources must be specified as <resource> <name> or <resource>/<name>")
    if not changes:
        raise Failure("at least one image update is required")
    images = {name: image for name, _, image in (change.partition("=") for change in changes)}

    def edit(obj: Json) -> None:
        containers = containers_of(pod_spec(obj))
        for name, image in images.items():
            chosen = [container for container in containers if name in ("*", container["name"])]
            if not chosen:
                raise Failure(f'unable to find container named "{name}"')
            for container in chosen:
                container["image"] = image

    return set_on_each(session, edit, changed="image updated")


COMMAND = Command(
    "set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    "Update the image of a pod template",
    run,
    SET_FLAGS,
)
