"""Deleting an object and waiting until it is gone."""

from __future__ import annotations

import time
from typing import Any

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import uid_of
from pybernetes.api.resources import Resource
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
POLL_SECONDS = 0.1
LONGEST_POLL_SECONDS = 1.0  # a pod has thirty seconds to end by default: a question a second is enough
FOREVER_SECONDS = 168 * 3600.0  # a week, which is what kubectl means by no time limit
PROPAGATION = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}


def delete(
    session: Session,
    resource: Resource,
    namespace: str,
    name: str,
    *,
    cascade: str = "background",
    grace_seconds: int = -1,
    dry_run: bool = False,
) -> Json:
    """Ask for deletion; gives the server's answer. Raises `APIError`."""
    options: Json = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": PROPAGATION[cascade],
    }
    if grace_seconds >= 0:
        options["gracePeriodSeconds"] = grace_seconds
    if dry_run:
        options["dryRun"] = ["All"]
    return session.connection.json("DELETE", resource.path(namespace, name), body=options, content="application/json")


def wait_until_gone(
    session: Session, resource: Resource, namespace: str, name: str, uid: str, *, timeout_seconds: float
) -> None:
    """Until no object of this uid is there. Raises `Failure` after the time limit."""
    deadline = time.monotonic() + (timeout_seconds or FOREVER_SECONDS)
    pause = POLL_SECONDS
    while True:
        try:
            obj = session.connection.json("GET", resource.path(namespace, name))
        except APIError as error:
            if is_not_found(error):
                return
            raise
        if uid and uid_of(obj) != uid:
            return
        if time.monotonic() > deadline:
            raise Failure(f"timed out waiting for the condition on {resource.plural}/{name}")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL_SECONDS)


def deleted_uid(answer: Json) -> str:
    """The uid of what was deleted: in the Status' details, or the object itself."""
    if answer.get("kind") == "Status":
        return str((answer.get("details") or {}).get("uid") or "")
    return uid_of(answer)


def delete_and_wait(
    session: Session, resource: Resource, namespace: str, name: str, *, grace_seconds: int = -1
) -> None:
    """Delete and stay until it is gone; an object that is not there is gone already."""
    try:
        answer = delete(session, resource, namespace, name, grace_seconds=grace_seconds)
    except APIError as error:
        if is_not_found(error):
            return
        raise
    wait_until_gone(session, resource, namespace, name, deleted_uid(answer), timeout_seconds=0)
