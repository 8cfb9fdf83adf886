"""`scale`: a new number of replicas, through the scale subresource, with preconditions when they are given."""

from __future__ import annotations

import time
from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL, DRY_RUN, FILES, PRINTING, SELECTOR, TIMEOUT
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.patching import patch
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, each

Json = dict[str, Any]
POLL_SECONDS = 0.2
FLAGS = (
    *FILES,
    SELECTOR,
    ALL,
    *PRINTING,
    DRY_RUN,
    TIMEOUT,
    Flag("replicas", "int", -1, help="The new desired number of replicas. Required."),
    Flag("current-replicas", "int", -1, help="Only scale when the current number is this."),
    Flag("resource-version", help="Only scale when the object has this revision."),
)


def run(session: Session) -> int:
    values = session.values
    if not values.given("replicas"):
        raise Failure('required flag(s) "replicas" not set')
    if values.number("replicas") < 0:
        raise Failure("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    if each(session, [], lambda found: _scale(session, found)) == 0:
        raise Failure("no objects passed to scale")
    return 0


def _scale(session: Session, found: Found) -> None:
    values, replicas = session.values, session.values.number("replicas")
    current = (found.obj.get("spec") or {}).get("replicas", 1)
    version = found.obj["metadata"].get("resourceVersion")
    if values.number("current-replicas") >= 0 and current != values.number("current-replicas"):
        raise Failure(f"Expected replicas to be {values.number('current-replicas')}, was {current}")
    if values.text("resource-version") and version != values.text("resource-version"):
        raise Failure(f"Expected resource version to be {values.text('resource-version')}, was {version}")
    done: Json = found.obj
    if session.dry_run != "client":
        body: Json = {"spec": {"replicas": replicas}}
        if values.number("current-replicas") >= 0 or values.text("resource-version"):
            body["metadata"] = {"resourceVersion": version}
        patch(session, found, body, manager="kubectl-scale", subresource="scale")
        if values.seconds("timeout") and session.dry_run == "none":
            _wait(session, found, replicas)
        if values.text("output"):
            done = session.connection.json("GET", found.target.path)
    report(session, done, f"{found.label} scaled")


def _wait(session: Session, found: Found, replicas: int) -> None:
    deadline = time.monotonic() + session.values.seconds("timeout")
    while time.monotonic() < deadline:
        status = session.connection.json("GET", found.target.path).get("status") or {}
        if status.get("replicas", 0) == replicas:
            return
        time.sleep(POLL_SECONDS)
    raise Failure("timed out waiting for the condition")


COMMAND = Command(
    "scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    "Set a new size for a deployment, replica set, or replication controller",
    run,
    FLAGS,
)
