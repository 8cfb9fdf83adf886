"""`attach`: join a container's main process."""

from __future__ import annotations

import sys
from typing import Any

from pybernetes.api.object import name_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.pods import choose_container, first_pod
from pybernetes.pyctl.remote_streams import interact, stream_query
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    if not values.arguments:
        raise Failure("at least 1 argument is required for attach")
    if len(values.arguments) > 2:
        raise Failure(f"expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {len(values.arguments)}")
    pod = first_pod(session, "/".join(values.arguments), wait_seconds=values.seconds("pod-running-timeout"))
    phase = (pod.get("status") or {}).get("phase")
    if phase in ("Succeeded", "Failed"):
        raise Failure(f"cannot attach a container in a completed pod; current phase is {phase}")
    container = choose_container(session, pod, values.text("container"), quiet=values.on("quiet"))
    declared: Json = next((one for one in pod["spec"]["containers"] if one["name"] == container), {})
    tty = values.on("tty")
    if tty and not declared.get("tty"):
        session.complain(f"error: Unable to use a TTY - container {container} did not allocate one")
        tty = False
    tty = tty and sys.stdin.isatty()
    path = resource("pods").path(pod["metadata"]["namespace"], name_of(pod), "attach")
    if values.on("stdin") and not values.on("quiet"):
        session.complain("If you don't see a command prompt, try pressing enter.")
    query = stream_query(container, stdin=values.on("stdin"), tty=tty)
    return interact(session, path, query, stdin=values.on("stdin"), tty=tty)


COMMAND = Command(
    "attach (POD | TYPE/NAME) -c CONTAINER",
    "Attach to a running container",
    run,
    (
        Flag("container", short="c", help="Container name; the first one if omitted"),
        Flag("stdin", "bool", False, short="i", help="Pass stdin to the container"),
        Flag("tty", "bool", False, short="t", help="Stdin is a TTY"),
        Flag("quiet", "bool", False, short="q", help="Only print output from the remote session"),
        Flag("pod-running-timeout", "duration", 60.0, help="How long to wait for a pod"),
    ),
)
