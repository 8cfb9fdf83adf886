"""`delete`: by file, by name, by selector; waits until the objects are gone."""

from __future__ import annotations

import sys

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import name_of, namespace_of
from pybernetes.api.resources import Resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.deleting import PROPAGATION, delete, deleted_uid, wait_until_gone
from pybernetes.pyctl.failures import Failure, raise_all, with_context
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import (
    ALL,
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_SELECTOR,
    FILES,
    OUTPUT,
    SELECTOR,
    TIMEOUT,
)
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Target, label, list_objects, named_targets, selection_query, type_label

FLAGS = (
    *FILES,
    SELECTOR,
    FIELD_SELECTOR,
    ALL,
    ALL_NAMESPACES,
    OUTPUT,
    DRY_RUN,
    TIMEOUT,
    Flag("grace-period", "int", -1, help="Seconds for the object to end by itself; 0 only with --force."),
    Flag("force", "bool", False, help="Remove the object from the API at once, without waiting for the node."),
    Flag("now", "bool", False, help="Signal for shutdown at once: the same as --grace-period=1."),
    Flag("cascade", default="background", bare="background", help='"background", "orphan", or "foreground"'),
    Flag("wait", "bool", True, help="Wait until the objects are gone."),
    Flag("ignore-not-found", "bool", False, help="Objects that are not there are no error."),
    Flag("interactive", "bool", False, short="i", help="Ask before deleting."),
)


def run(session: Session) -> int:
    values = session.values
    cascade = {"true": "background", "false": "orphan"}.get(values.text("cascade"), values.text("cascade"))
    if cascade not in PROPAGATION:
        raise Failure(f'Invalid cascade value ({cascade}). Must be "background", "foreground", or "orphan".')
    grace_seconds = _grace_seconds(session)
    if values.text("output") not in ("", "name"):
        raise Failure("unexpected -o output mode: " + values.text("output") + ". We only support '-o name'")
    if not values.arguments and not values.items("filename"):
        raise Failure("You must provide one or more resources by argument or filename.")
    errors: list[Exception] = []
    doomed = _doomed(session, errors)
    if values.on("interactive") and not _is_confirmed(session, doomed):
        session.write("deletion is cancelled")
        return 0
    waiting = []
    for target in doomed:
        uid = _delete_one(session, target, cascade, grace_seconds, errors)
        if uid is not None:
            waiting.append((target, uid))
    if not doomed and not errors:
        session.write("No resources found")
    if values.on("wait") and session.dry_run == "none":
        for target, uid in waiting:
            wait_until_gone(
                session, target.resource, target.namespace, target.name, uid, timeout_seconds=values.seconds("timeout")
            )
    raise_all(errors)
    return 0


def _grace_seconds(session: Session) -> int:
    values = session.values
    grace = values.number("grace-period")
    if values.on("now"):
        if grace != -1:
            raise Failure("--now and --grace-period cannot be specified together")
        grace = 1
    if grace == 0 and not values.on("force"):
        grace = 1  # zero would remove the object before its node has stopped it: only --force may
    if values.on("force"):
        if grace > 0:
            raise Failure("--force and --grace-period greater than 0 cannot be specified together")
        session.warn(
            "Immediate deletion does not wait for confirmation that the running resource has been terminated. "
            "The resource may continue to run on the cluster indefinitely."
        )
        return 0
    return grace


def _doomed(session: Session, errors: list[Exception]) -> list[Target]:
    """What is to be deleted, each by name."""
    values, found = session.values, []
    chosen = bool(selection_query(session)) or values.on("all")
    if values.on("all") and values.text("selector"):
        raise Failure("cannot set --all and --selector at the same time")
    for target in named_targets(session):
        if isinstance(target, Exception):
            errors.append(target)
        elif target.name:
            if chosen and not target.source:
                raise Failure("name cannot be provided when a selector is specified")
            found.append(target)
        elif not chosen:
            raise Failure("resource(s) were provided, but no name was specified")
        else:
            try:
                listed = list_objects(session, target, selection_query(session))
            except APIError as error:
                errors.append(error)
                continue
            found += [Target(target.resource, namespace_of(obj), name_of(obj)) for obj in listed]
    return found


def _is_confirmed(session: Session, doomed: list[Target]) -> bool:
    session.write(f"You are about to delete the following {len(doomed)} resource(s):")
    for target in doomed:
        session.write(target.label)
    sys.stdout.write("Do you want to continue? (y/N): ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _delete_one(
    session: Session, target: Target, cascade: str, grace_seconds: int, errors: list[Exception]
) -> str | None:
    """Delete and say so; gives the uid, empty when it is not known, None when nothing was deleted."""
    uid = ""
    try:
        if session.dry_run == "client":
            session.connection.json("GET", target.path)
        else:
            answer = delete(
                session,
                target.resource,
                target.namespace,
                target.name,
                cascade=cascade,
                grace_seconds=grace_seconds,
                dry_run=session.dry_run == "server",
            )
            uid = deleted_uid(answer)
    except APIError as error:
        if not (is_not_found(error) and _may_be_missing(session)):
            source = target.source
            errors.append(with_context(error, f'error when deleting "{source}"') if source else error)
        return None
    session.write(_message(session, target.resource, target.name, forced=session.values.on("force")))
    return uid


def _may_be_missing(session: Session) -> bool:
    if session.values.given("ignore-not-found"):
        return session.values.on("ignore-not-found")
    return session.values.on("all")


def _message(session: Session, resource: Resource, name: str, *, forced: bool) -> str:
    if session.values.text("output") == "name":
        return label(resource, name)
    return session.done(f'{type_label(resource)} "{name}" {"force deleted" if forced else "deleted"}')


COMMAND = Command(
    "delete ([-f FILENAME] | TYPE [(NAME | -l label | --all)])",
    "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    run,
    FLAGS,
)
