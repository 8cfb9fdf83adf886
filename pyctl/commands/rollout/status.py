"""`rollout status`: follow a rollout until it is complete."""

from __future__ import annotations

import time
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.commands.get import events
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import FILES, SELECTOR, TIMEOUT
from pybernetes.pyctl.rollouts import status_of
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, each

Json = dict[str, Any]
FLAGS = (
    *FILES,
    SELECTOR,
    TIMEOUT,
    Flag("watch", "bool", True, short="w", help="Watch until the rollout is complete."),
    Flag("revision", "int", 0, help="Stop when another revision than this is rolled out."),
)
PAUSE_SECONDS = 1.0  # between watches that a server ended early


def run(session: Session) -> int:
    if not session.values.arguments and not session.values.items("filename"):
        raise Failure("required resource not specified")
    each(session, [], lambda found: _follow(session, found), need_choice=False)
    return 0


def _follow(session: Session, found: Found) -> None:
    timeout = session.values.seconds("timeout")
    deadline = time.monotonic() + timeout if timeout else None
    revision = session.values.number("revision")
    obj, said = found.obj, ""
    while True:
        for state in _states(session, found, obj, deadline):
            obj = state
            if revision and obj["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision") != str(
                revision
            ):
                raise Failure(f"desired revision ({revision}) is different from the running revision")
            text, done = status_of(obj)
            if text != said:
                session.write(text)
                said = text
            if done or not session.values.on("watch"):
                return
        if deadline is not None and time.monotonic() >= deadline:
            raise Failure("timed out waiting for the condition")
        time.sleep(PAUSE_SECONDS)


def _states(session: Session, found: Found, first: Json, deadline: float | None) -> Any:
    """The object now, and after every change until the watch ends."""
    yield first
    query = [
        ("fieldSelector", f"metadata.name={found.target.name}"),
        ("watch", "true"),
        ("resourceVersion", first["metadata"]["resourceVersion"]),
    ]
    if deadline is not None:
        query.append(("timeoutSeconds", str(max(1, int(deadline - time.monotonic())))))
    try:
        for event in events(session, found.resource.path(found.target.namespace), query, "application/json"):
            if event["type"] == "DELETED":
                raise Failure("object has been deleted")
            yield {"apiVersion": found.resource.api_version, "kind": found.resource.kind, **event["object"]}
    except APIError as error:
        if error.code != 410:
            raise
        yield session.connection.json("GET", found.target.path)


COMMAND = Command("rollout status (TYPE NAME | TYPE/NAME) [flags]", "Show the status of the rollout", run, FLAGS)
