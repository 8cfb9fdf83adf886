"""`patch`: send a patch as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import DRY_RUN, FIELD_MANAGER, FILES, PRINTING
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.patching import JSON_PATCH, MERGE, STRATEGIC
from pybernetes.pyctl.patching import patch as send_patch
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, each

Json = dict[str, Any]
TYPES = {"json": JSON_PATCH, "merge": MERGE, "strategic": STRATEGIC}


def run(session: Session) -> int:
    values = session.values
    kind = values.text("type").lower()
    if kind not in TYPES:
        raise Failure(f'--type must be one of [json merge strategic], not "{values.text("type")}"')
    if bool(values.text("patch")) == bool(values.text("patch-file")):
        given = bool(values.text("patch"))
        said = "cannot specify --patch and --patch-file together" if given else "must specify --patch or --patch-file"
        raise Failure(said + (" containing the contents of the patch" if not given else ""))
    text = values.text("patch") or _read(values.text("patch-file"))
    body = _parse(text)
    if each(session, [], lambda found: _patch(session, found, body, TYPES[kind])) == 0:
        raise Failure("no objects passed to patch")
    return 0


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError as error:
        raise Failure(f"unable to read patch file: open {path}: {(error.strerror or '').lower()}") from error


def _parse(text: str) -> Any:
    """JSON or YAML. Raises `Failure`."""
    import json

    try:
        return json.loads(text)
    except ValueError:
        import yaml

        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise Failure(f'unable to parse "{text}": {error}') from error


def _patch(session: Session, found: Found, body: Any, content: str) -> None:
    if session.dry_run == "client":
        report(session, _patched(found, body, content), f"{found.label} patched")
        return
    done = send_patch(
        session,
        found,
        body,
        manager="kubectl-patch",
        content=content,
        subresource=session.values.text("subresource"),
    )
    changed = done["metadata"].get("resourceVersion") != found.obj["metadata"].get("resourceVersion")
    report(session, done, f"{found.label} patched" + ("" if changed or session.dry_run == "server" else " (no change)"))


def _patched(found: Found, body: Any, content: str) -> Json:
    """What a client-side dry run shows."""
    from pybernetes.api.patch.errors import PatchError

    try:
        if content == MERGE:
            from pybernetes.api.patch.merge_patch import apply_merge_patch

            result: Json = apply_merge_patch(found.obj, body)
        elif content == JSON_PATCH:
            from pybernetes.api.patch.json_patch import apply_json_patch

            result = apply_json_patch(found.obj, body)
        else:
            from pybernetes.api.definition import definition_of
            from pybernetes.api.patch.strategic_merge import apply_strategic_merge

            result = apply_strategic_merge(found.obj, body, definition_of(found.resource).tree)
    except PatchError as error:
        raise Failure(str(error)) from error
    return result


COMMAND = Command(
    "patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    "Update fields of a resource",
    run,
    (
        *FILES,
        *PRINTING,
        DRY_RUN,
        FIELD_MANAGER,
        Flag("patch", short="p", help="The patch to be applied, JSON or YAML."),
        Flag("patch-file", help="A file containing the patch."),
        Flag("type", default="strategic", help="The type of patch: json, merge, strategic"),
        Flag("subresource", help="Patch this subresource: status, scale, resize"),
        Flag("local", "bool", False, help="Work on the file alone, without a server."),
    ),
)
