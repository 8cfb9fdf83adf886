"""`diff`: what apply would change, by a program such as diff; exit code 1 when there is a difference."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl import manifests
from pybernetes.pyctl.applied import LAST_APPLIED, with_last_applied
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.commands.apply import APPLY, CLIENT_MANAGER, SERVER_MANAGER, make_patch, read_or_none
from pybernetes.pyctl.failures import Exit, Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import FIELD_MANAGER, FILES, SHOW_MANAGED_FIELDS
from pybernetes.pyctl.output.yaml_text import document
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
MASK, MASK_BEFORE, MASK_AFTER = "***", "*** (before)", "*** (after)"


def run(session: Session) -> int:
    if not session.values.items("filename"):
        raise Failure("must specify one of -f and -k")
    errors: list[Exception] = []
    with tempfile.TemporaryDirectory(prefix="LIVE-") as live, tempfile.TemporaryDirectory(prefix="MERGED-") as merged:
        for manifest in manifests.load(session):
            if isinstance(manifest, Exception):
                errors.append(manifest)
                continue
            try:
                before, after = _versions(session, manifest)
            except APIError as error:
                errors.append(error)
                continue
            if manifest.resource.kind == "Secret" and not manifest.resource.group:
                before, after = masked(before, after)
            name = ".".join(
                [
                    manifest.resource.group or "",
                    manifest.resource.version,
                    manifest.resource.kind,
                    manifest.namespace,
                    manifest.name,
                ]
            ).lstrip(".")
            for folder, value in ((live, before), (merged, after)):
                Path(folder, name).write_text(document(_shown(session, value)) if value is not None else "")
        raise_all(errors)
        program = shlex.split(os.environ.get("KUBECTL_EXTERNAL_DIFF", "diff -u -N"))
        code = subprocess.run([*program, live, merged], check=False).returncode
    if code > 1:
        raise Failure(f"exit status {code}", code)
    if code:
        raise Exit(code)
    return 0


def _shown(session: Session, obj: Json) -> Json:
    """Without what is for machines: what was applied last, and who set what unless that was asked for."""
    metadata = dict(obj["metadata"])
    annotations = {
        key: value for key, value in (metadata.pop("annotations", None) or {}).items() if key != LAST_APPLIED
    }
    if annotations:
        metadata["annotations"] = annotations
    if not session.values.on("show-managed-fields"):
        metadata.pop("managedFields", None)
    return {**obj, "metadata": metadata}


def _versions(session: Session, manifest: manifests.Manifest) -> tuple[Json | None, Json]:
    """(the live object, what the server would make of it)."""
    path = manifest.resource.path(manifest.namespace, manifest.name)
    current = read_or_none(session, path, manifest)
    query = [("dryRun", "All"), ("fieldManager", session.values.text("field-manager") or CLIENT_MANAGER)]
    if session.values.on("server-side"):
        forced = "true" if session.values.on("force-conflicts") else "false"
        query = [("dryRun", "All"), ("fieldManager", SERVER_MANAGER), ("force", forced)]
        return current, session.connection.json("PATCH", path, query, manifest.obj, content=APPLY)
    modified = with_last_applied(manifest.obj)
    if current is None:
        made = session.connection.json("POST", manifest.resource.path(manifest.namespace), query, modified)
        return None, made
    content, patch = make_patch(manifest.obj, modified, current)
    if not patch:
        return current, current
    return current, session.connection.json("PATCH", path, query, patch, content=content)


def masked(before: Json | None, after: Json) -> tuple[Json | None, Json]:
    """Two versions of a Secret with their values hidden, and still different where they are."""
    old = (before or {}).get("data") or {}
    new = after.get("data") or {}
    hidden_old, hidden_new = {}, {}
    for key in old.keys() | new.keys():
        changed = key in old and key in new and old[key] != new[key]
        if key in old:
            hidden_old[key] = MASK_BEFORE if changed else MASK
        if key in new:
            hidden_new[key] = MASK_AFTER if changed else MASK
    return ({**before, "data": hidden_old} if before is not None else None), {**after, "data": hidden_new}


COMMAND = Command(
    "diff -f FILENAME",
    "Diff the live version against a would-be applied version",
    run,
    (
        *FILES,
        FIELD_MANAGER,
        SHOW_MANAGED_FIELDS,
        Flag("server-side", "bool", False, help="Let the server merge, with field ownership."),
        Flag("force-conflicts", "bool", False, help="With --server-side: take over fields that others own."),
    ),
)
