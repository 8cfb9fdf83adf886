"""`rollout undo`: put an earlier revision's pod template back."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import deep_copy, labels_of
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import DRY_RUN, FILES, PRINTING, SELECTOR
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.patching import JSON_PATCH, patch
from pybernetes.pyctl.rollouts import revisions_of, template_of
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, each

Json = dict[str, Any]
HASH_LABELS = ("pod-template-hash", "controller-revision-hash")
FLAGS = (*FILES, SELECTOR, *PRINTING, DRY_RUN, Flag("to-revision", "int", 0, help="The revision; 0 is the last one."))


def run(session: Session) -> int:
    if not session.values.arguments and not session.values.items("filename"):
        raise Failure("required resource not specified")
    each(session, [], lambda found: _undo(session, found), need_choice=False)
    return 0


def choose_revision(numbers: list[int], wanted: int, what: str) -> int:
    """The revision to go back to: the one asked for, or the one before the newest. Raises `Failure`."""
    if wanted:
        if wanted not in numbers:
            raise Failure(f"unable to find specified revision {wanted} in history")
        return wanted
    if len(numbers) < 2:
        raise Failure(f"no rollout history found for {what}")
    return sorted(numbers)[-2]


def _undo(session: Session, found: Found) -> None:
    if found.obj["spec"].get("paused"):
        raise Failure(
            f"you cannot rollback a paused {found.obj['kind'].lower()}; resume it first with "
            f"'pyctl rollout resume {found.label}' and try again"
        )
    revisions = revisions_of(session, found)
    chosen = choose_revision(list(revisions), session.values.number("to-revision"), _told(found))
    template: Json = deep_copy(template_of(revisions[chosen]))
    for name in HASH_LABELS:
        labels_of(template).pop(name, None)
    template.pop("$patch", None)
    if _same_template(found.obj["spec"]["template"], template):
        report(
            session, found.obj, f"{found.label} skipped rollback (current template already matches revision {chosen})"
        )
        return
    done = found.obj
    if session.dry_run != "client":
        operations = [{"op": "replace", "path": "/spec/template", "value": template}]
        done = patch(session, found, operations, manager="kubectl-rollout", content=JSON_PATCH)
    report(session, done, f"{found.label} rolled back")


def _told(found: Found) -> str:
    return f'{found.resource.singular} "{found.target.name}"'


def _same_template(one: Json, other: Json) -> bool:
    def bare(template: Json) -> Json:
        labels = {key: value for key, value in labels_of(template).items() if key not in HASH_LABELS}
        metadata = {"labels": labels, "annotations": (template.get("metadata") or {}).get("annotations") or {}}
        return {"metadata": metadata, "spec": template.get("spec")}

    return bare(one) == bare(other)


COMMAND = Command("rollout undo (TYPE NAME | TYPE/NAME) [flags]", "Undo a previous rollout", run, FLAGS)
