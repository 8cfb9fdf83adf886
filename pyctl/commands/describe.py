"""`describe`: all that is known of objects, with what belongs to them and their events."""

from __future__ import annotations

import sys

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import name_of, namespace_of
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.describing.kinds import describe
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL_NAMESPACES, FILES, SELECTOR
from pybernetes.pyctl.output.elastic import align
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, list_objects, named_targets, selection_query


def run(session: Session) -> int:
    values = session.values
    if not values.arguments and not values.items("filename"):
        raise Failure(
            "You must specify the type of resource to describe. "
            'Use "pyctl api-resources" for a complete list of supported resources.\n',
        )
    errors: list[Exception] = []
    found = list(_chosen(session, errors))
    for index, one in enumerate(found):
        if index:
            sys.stdout.write("\n\n")
        sys.stdout.write(align(describe(session, one, with_events=values.on("show-events"))))
    if not found and not errors:
        everywhere = values.on("all-namespaces")
        session.complain("No resources found" + ("" if everywhere else f" in {session.namespace} namespace."))
    raise_all(errors)
    return 0


def _chosen(session: Session, errors: list[Exception]) -> list[Found]:
    """The objects by name, by what their name begins with, or all of a type."""
    found: list[Found] = []
    for target in named_targets(session):
        if isinstance(target, Exception):
            errors.append(target)
            continue
        try:
            if target.name:
                found += _by_name(session, target)
            else:
                found += _listed(session, target)
        except APIError as error:
            errors.append(error)
    return found


def _listed(session: Session, target: Target) -> list[Found]:
    return [
        Found(Target(target.resource, namespace_of(obj), name_of(obj)), obj)
        for obj in list_objects(session, target, selection_query(session))
    ]


def _by_name(session: Session, target: Target) -> list[Found]:
    try:
        return [Found(target, session.connection.json("GET", target.path))]
    except APIError as error:
        if not is_not_found(error):
            raise
        same_start = [
            one for one in _listed(session, target._replace(name="")) if name_of(one.obj).startswith(target.name)
        ]
        if not same_start:
            raise
        return same_start


COMMAND = Command(
    "describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    "Show details of a specific resource or group of resources",
    run,
    (
        *FILES,
        SELECTOR,
        ALL_NAMESPACES,
        Flag("show-events", "bool", True, help="Display events related to the described object."),
    ),
)
