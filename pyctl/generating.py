"""Making an object that a command has put together: the shared end of `create TYPE`, `expose` and `run`."""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl.applied import SAVE_CONFIG, with_last_applied
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import DRY_RUN, FIELD_MANAGER, PRINTING, VALIDATE
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import label

Json = dict[str, Any]
CREATE_FLAGS: tuple[Flag, ...] = (*PRINTING, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG)
MANAGER = "kubectl-create"  # the name that kubectl gives itself in managedFields: both then share their fields


def create(session: Session, obj: Json, *, manager: str = MANAGER, namespaced: bool = True) -> Json:
    """Create the object, or only show it in a dry run, and print what was made. Raises `APIError`."""
    resource = session.names.for_object(obj)
    namespace = session.namespace_for(resource)
    if namespace and (session.namespace_is_forced or session.dry_run != "client" or namespace != "default"):
        obj["metadata"]["namespace"] = namespace
    if session.values.has("save-config") and session.values.on("save-config"):
        obj = with_last_applied(obj)
    made = obj
    if session.dry_run != "client":
        made = session.connection.json("POST", resource.path(namespace), session.write_query(manager), obj)
    report(session, made, f"{label(resource, obj['metadata']['name'])} created")
    return made


def create_named(session: Session, obj: Json, what: str) -> int:
    """`create`, with a failure told as ``failed to create deployment: …``, and success as the exit code 0."""
    try:
        create(session, obj)
    except APIError as error:
        if what:
            raise Failure(f"failed to create {what}: {error.message}") from error
        raise
    return 0


def one_name(session: Session, usage: str) -> str:
    """The single NAME argument. Raises `Failure` with kubectl's count of what was given."""
    arguments = session.values.arguments
    if len(arguments) != 1:
        raise Failure(
            f"exactly one NAME is required, got {len(arguments)}\nSee 'pyctl {usage} -h' for help and examples"
        )
    return arguments[0]


def pairs(items: list[str], flag: str) -> list[tuple[str, str]]:
    """(key, value) of each ``key=value``. Raises `Failure`."""
    found = []
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise Failure(f"invalid {flag} {item}, expected key=value")
        found.append((key, value))
    return found
