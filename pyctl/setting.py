"""The shared half of `set image`, `set env` and the rest: read the objects, edit each, report each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL, DRY_RUN, FIELD_MANAGER, FILES, PRINTING, SELECTOR
from pybernetes.pyctl.manifests import Manifest
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.patching import change
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, find_objects

Json = dict[str, Any]
SET_FLAGS: tuple[Flag, ...] = (
    *FILES,
    SELECTOR,
    ALL,
    *PRINTING,
    DRY_RUN,
    FIELD_MANAGER,
    Flag("local", "bool", False, help="Work on the file alone, without a server."),
    Flag("record", "bool", False, help="Record the command in an annotation. Deprecated."),
)


def set_on_each(session: Session, edit: Callable[[Json], None], *, changed: str, manager: str = "kubectl-set") -> int:
    """Edit every object that the command line names; `changed` is what a line says: ``image updated``."""
    errors: list[Exception] = []
    count = 0
    for found in _objects(session, errors):
        count += 1
        try:
            if session.values.on("local"):
                edit(found.obj)
                done, is_changed = found.obj, True
            else:
                done, is_changed = change(session, found, edit, manager=manager)
        except (APIError, Failure) as error:
            context = f"failed to patch {changed.split()[0]} update to pod template"
            errors.append(Failure(f"{context}: {error}") if isinstance(error, APIError) else error)
            continue
        if is_changed or session.values.text("output"):
            report(session, done, f"{found.label} {changed}")
    if not count and not errors:
        raise Failure("no resources found")
    raise_all(errors)
    return 0


def _objects(session: Session, errors: list[Exception]) -> Any:
    if not session.values.on("local"):
        yield from find_objects(session, errors)
        return
    from pybernetes.pyctl import manifests

    for manifest in manifests.load(session):
        if isinstance(manifest, Manifest):
            target = Target(manifest.resource, manifest.namespace, manifest.name, manifest.source)
            yield Found(target, manifest.obj)
        else:
            errors.append(manifest)


def split_pairs(session: Session, is_change: Callable[[str], bool]) -> list[str]:
    """Take the arguments that are changes (``app=nginx:2``) out of those that name objects."""
    arguments = session.values.arguments
    changes = [argument for argument in arguments if is_change(argument)]
    session.values.arguments = [argument for argument in arguments if not is_change(argument)]
    return changes


def containers_of(spec: Json, *, init: bool = True) -> list[Json]:
    """All containers of a pod spec."""
    return [*(spec.get("initContainers") or () if init else ()), *(spec.get("containers") or ())]
