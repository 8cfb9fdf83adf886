"""`replace`: put what a file says in place of what is there; with --force, delete and create."""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.api.object import name_of
from pybernetes.pyctl import manifests
from pybernetes.pyctl.applied import SAVE_CONFIG, last_applied, with_last_applied
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.deleting import delete_and_wait
from pybernetes.pyctl.failures import Failure, raise_all, with_context
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import DRY_RUN, FIELD_MANAGER, FILES, PRINTING, TIMEOUT, VALIDATE
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import label, type_label

Json = dict[str, Any]
MANAGER = "kubectl-replace"


def run(session: Session) -> int:
    if not session.values.items("filename"):
        raise Failure("must specify one of -f and -k")
    errors: list[Exception] = []
    count = 0
    for manifest in manifests.load(session):
        if isinstance(manifest, Exception):
            errors.append(manifest)
            continue
        count += 1
        try:
            if session.values.on("force"):
                _delete_and_create(session, manifest)
            else:
                _replace(session, manifest)
        except APIError as error:
            errors.append(with_context(error, f'error when replacing "{manifest.source}"'))
    if not count and not errors:
        raise Failure("no objects passed to replace")
    raise_all(errors)
    return 0


def _body(session: Session, manifest: manifests.Manifest, current: Json | None) -> Json:
    """The object, with the annotation of `apply` kept up when there is one or it was asked for."""
    keep = session.values.on("save-config") or (current is not None and last_applied(current) is not None)
    return with_last_applied(manifest.obj) if keep else manifest.obj


def _replace(session: Session, manifest: manifests.Manifest) -> None:
    resource, what = manifest.resource, label(manifest.resource, manifest.name)
    path = resource.path(manifest.namespace, manifest.name)
    current = session.connection.json("GET", path)
    body = _body(session, manifest, current)
    done = body
    if session.dry_run != "client":
        subresource = session.values.text("subresource")
        path += f"/{subresource}" if subresource else ""
        done = session.connection.json("PUT", path, session.write_query(MANAGER), body)
    report(session, done, f"{what} replaced")


def _delete_and_create(session: Session, manifest: manifests.Manifest) -> None:
    resource = manifest.resource
    if session.dry_run == "none":
        grace = session.values.number("grace-period")
        delete_and_wait(session, resource, manifest.namespace, manifest.name, grace_seconds=max(grace, 0))
        session.write(f'{type_label(resource)} "{manifest.name}" deleted')
    body = _body(session, manifest, None)
    done = body
    if session.dry_run != "client":
        done = session.connection.json("POST", resource.path(manifest.namespace), session.write_query(MANAGER), body)
    report(session, done, f"{label(resource, name_of(done))} replaced")


COMMAND = Command(
    "replace -f FILENAME",
    "Replace a resource by file name or stdin",
    run,
    (
        *FILES,
        *PRINTING,
        DRY_RUN,
        FIELD_MANAGER,
        VALIDATE,
        TIMEOUT,
        SAVE_CONFIG,
        Flag("force", "bool", False, help="Delete the object and create it anew."),
        Flag("grace-period", "int", -1, help="With --force: seconds that the old object has to end"),
        Flag("subresource", help="Replace this subresource: status, scale"),
    ),
)
