"""`edit`: change objects in an editor; what was saved is sent as a patch, and asked for again when it is refused."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml

from pybernetes.api.errors import APIError
from pybernetes.api.patch.merge_patch import create_two_way_merge_patch
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.commands.get import list_of
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.global_flags import FIELD_MANAGER, FILES, OUTPUT, SELECTOR, VALIDATE
from pybernetes.pyctl.manifests import parse_documents
from pybernetes.pyctl.output.json_text import pretty
from pybernetes.pyctl.output.yaml_text import document
from pybernetes.pyctl.patching import patch
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, find_objects

Json = dict[str, Any]
HEADER = """# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
"""
MAX_ROUNDS = 20  # an editor that cannot be talked to would otherwise be opened for ever


def run(session: Session) -> int:
    if not session.values.arguments and not session.values.items("filename"):
        raise Failure("must specify one of -f and -k")
    errors: list[Exception] = []
    found = list(find_objects(session, errors, need_choice=False))
    raise_all(errors)
    if not found:
        raise Failure("edit cancelled, no objects found")
    originals = [_clean(one.obj) for one in found]
    shown = originals[0] if len(originals) == 1 else list_of(originals)
    suffix = ".json" if session.values.text("output") == "json" else ".yaml"
    text = pretty(shown) + "\n" if suffix == ".json" else HEADER + document(shown)
    before, complaint = text, ""
    for _ in range(MAX_ROUNDS):
        edited = _open_editor(_with_complaint(text, complaint), suffix)
        content = "".join(line for line in edited.splitlines(keepends=True) if not line.startswith("#"))
        if not content.strip():
            raise Failure("Edit cancelled, saved file was empty", prefix="")
        if _strip(edited) == _strip(before):
            if complaint:
                raise Failure("Edit cancelled, no valid changes were saved.", prefix="error: ")
            session.complain("Edit cancelled, no changes made.")
            return 0
        try:
            _save(session, found, originals, content)
            return 0
        except (APIError, Failure, yaml.YAMLError) as error:
            complaint, text, before = str(error), edited, edited
    raise Failure("edit was refused too often")


def _clean(obj: Json) -> Json:
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    return {**obj, "metadata": metadata}


def _strip(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#")).strip()


def _with_complaint(text: str, complaint: str) -> str:
    if not complaint:
        return text
    lines = "".join(f"# {line}\n" for line in complaint.splitlines())
    return HEADER + lines + "#\n" + _strip(text) + "\n"


def _open_editor(text: str, suffix: str) -> str:
    editor = os.environ.get("KUBE_EDITOR") or os.environ.get("EDITOR") or "vi"
    handle, name = tempfile.mkstemp(prefix="pyctl-edit-", suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        done = subprocess.run([*shlex.split(editor), name], check=False)
        if done.returncode:
            raise Failure(f'there was a problem with the editor "{editor}"')
        return path.read_text()
    except FileNotFoundError as error:
        raise Failure(f'unable to launch the editor "{editor}"') from error
    finally:
        path.unlink(missing_ok=True)


def _save(session: Session, found: list[Found], originals: list[Json], content: str) -> None:
    edited: dict[tuple[str, str, str], Json] = {}
    for value in parse_documents(content, "edited file"):
        if isinstance(value, Exception):
            raise value
        edited[_identity(value)] = value
    unknown = edited.keys() - {_identity(original) for original in originals}
    if unknown:
        raise Failure("At least one of apiVersion, kind and name was changed")
    for one, original in zip(found, originals, strict=True):
        wanted = edited.get(_identity(original))
        body = create_two_way_merge_patch(original, wanted) if wanted is not None else {}
        if not body:
            session.write(f"{one.label} skipped")
            continue
        patch(session, one, body, manager="kubectl-edit")
        session.write(f"{one.label} edited")


def _identity(obj: Json) -> tuple[str, str, str]:
    metadata = obj.get("metadata") or {}
    return str(obj.get("kind")), str(metadata.get("namespace", "")), str(metadata.get("name", ""))


COMMAND = Command(
    "edit (RESOURCE/NAME | -f FILENAME)",
    "Edit a resource on the server",
    run,
    (
        *FILES,
        SELECTOR,
        OUTPUT,
        FIELD_MANAGER,
        VALIDATE,
    ),
)
