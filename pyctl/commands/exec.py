"""`exec`: run a command in a container."""

from __future__ import annotations

import sys

from pybernetes.api.object import name_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import FILENAME
from pybernetes.pyctl.pods import choose_container, first_pod
from pybernetes.pyctl.remote_streams import interact, stream_query
from pybernetes.pyctl.session import Session

FLAGS = (
    FILENAME,
    Flag("container", short="c", help="The container; the first one if omitted"),
    Flag("stdin", "bool", False, short="i", help="Pass stdin to the container"),
    Flag("tty", "bool", False, short="t", help="Stdin is a TTY"),
    Flag("quiet", "bool", False, short="q", help="Only print output from the remote session"),
    Flag("pod-running-timeout", "duration", 60.0, help="How long to wait for a pod"),
)


def run(session: Session) -> int:
    values = session.values
    if not values.arguments or values.after_dash == 0:
        raise Failure("pod, type/name or --filename must be specified")
    if values.after_dash is None and len(values.arguments) > 1:
        raise Failure(
            "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n"
            "See 'pyctl exec -h' for help and examples"
        )
    command = values.arguments[values.after_dash :] if values.after_dash is not None else []
    if not command:
        raise Failure("you must specify at least one command for the container")
    pod = first_pod(session, values.arguments[0], wait_seconds=values.seconds("pod-running-timeout"))
    phase = (pod.get("status") or {}).get("phase")
    if phase in ("Succeeded", "Failed"):
        raise Failure(f"cannot exec into a container in a completed pod; current phase is {phase}")
    container = choose_container(session, pod, values.text("container"), quiet=values.on("quiet"))
    tty = values.on("tty")
    if tty and not sys.stdin.isatty():
        session.complain("Unable to use a TTY - input is not a terminal or the right kind of file")
        tty = False
    query = stream_query(container, stdin=values.on("stdin"), tty=tty)
    query += [("command", word) for word in command]
    path = resource("pods").path(pod["metadata"]["namespace"], name_of(pod), "exec")
    return interact(session, path, query, stdin=values.on("stdin"), tty=tty)


COMMAND = Command(
    "exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]", "Execute a command in a container", run, FLAGS
)
