"""`create -f`: every object of the files, each on its own; a folder of commands that make one object from flags."""

from __future__ import annotations

from pybernetes.api.errors import APIError
from pybernetes.api.object import name_of
from pybernetes.pyctl import manifests
from pybernetes.pyctl.applied import with_last_applied
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure, raise_all, with_context
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, MANAGER
from pybernetes.pyctl.global_flags import FILES
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import label

FLAGS = (*FILES, *CREATE_FLAGS, Flag("raw", help="Post the file as it is to this path"))


def run(session: Session) -> int:
    values = session.values
    if values.arguments:
        raise Failure(f"Unexpected args: [{' '.join(values.arguments)}]\nSee 'pyctl create -h' for help and examples")
    if not values.items("filename"):
        raise Failure("must specify one of -f and -k")
    if values.text("raw"):
        ((_, text),) = manifests.sources(values.items("filename"), recursive=False)
        answer = session.connection.request("POST", values.text("raw"), body=text.encode(), content="application/json")
        session.write(answer.body.decode())
        return 0
    errors: list[Exception] = []
    count = 0
    for manifest in manifests.load(session):
        if isinstance(manifest, Exception):
            errors.append(manifest)
            continue
        count += 1
        try:
            create_one(session, manifest)
        except APIError as error:
            errors.append(with_context(error, f'error when creating "{manifest.source}"'))
    if not count and not errors:
        raise Failure("no objects passed to create")
    raise_all(errors)
    return 0


def create_one(session: Session, manifest: manifests.Manifest) -> None:
    """Create one object of a file and say so. Raises `APIError`."""
    obj = with_last_applied(manifest.obj) if session.values.on("save-config") else manifest.obj
    made = obj
    if session.dry_run != "client":
        path = manifest.resource.path(manifest.namespace)
        made = session.connection.json("POST", path, session.write_query(MANAGER), obj, content="application/json")
    report(session, made, f"{label(manifest.resource, name_of(made))} created")


COMMAND = Command("create -f FILENAME", "Create a resource from a file or from stdin", run, FLAGS)
