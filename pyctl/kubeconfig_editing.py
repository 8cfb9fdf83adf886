"""Changing kubeconfig files, for the commands of `config`.

An entry is changed in the file that has it, a new one goes into the first. A file that was JSON stays JSON, which is
what makes it fast to read.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.output.yaml_text import document
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
EMPTY: Json = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": [], "current-context": ""}


def paths(session: Session) -> list[Path]:
    """The files of this call, in order of precedence."""
    return [Path(path) for path in kubeconfig.paths(session.values.text("kubeconfig"))]


def content(session: Session) -> Json:
    """All files merged."""
    return kubeconfig.load(session.values.text("kubeconfig"))


def file_with(session: Session, section: str, name: str) -> Path:
    """The file that has an entry, or the first one when none has."""
    for path in paths(session):
        if kubeconfig.find(kubeconfig.read_file(str(path)), section, name) is not None:
            return path
    return paths(session)[0]


def file_with_current_context(session: Session) -> Path:
    """The file that sets the current context, or the first."""
    for path in paths(session):
        if kubeconfig.read_file(str(path)).get("current-context"):
            return path
    return paths(session)[0]


def put(session: Session, section: str, name: str, entry: Json) -> bool:
    """Write an entry in place of the one of its name; whether it was there."""
    path = file_with(session, section, name)
    file = {**EMPTY, **kubeconfig.read_file(str(path))}
    entries = [one for one in file.get(section) or () if one.get("name") != name]
    existed = len(entries) != len(file.get(section) or ())
    file[section] = sorted([*entries, {"name": name, section[:-1]: entry}], key=lambda one: str(one["name"]))
    write(path, file)
    return existed


def remove(session: Session, section: str, name: str) -> Path | None:
    """Take an entry out; the file that had it, or None when none has."""
    path = file_with(session, section, name)
    file = kubeconfig.read_file(str(path))
    if kubeconfig.find(file, section, name) is None:
        return None
    file[section] = [one for one in file[section] if one.get("name") != name]
    write(path, file)
    return path


def write(path: Path, file: Json) -> None:
    """Write atomically and readable by the owner alone: it holds keys."""
    is_json = path.exists() and path.read_text().lstrip().startswith("{")
    text = json.dumps(file, indent=2) + "\n" if is_json else document(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as opened:
        opened.write(text)
    Path(temporary).replace(path)


def one_argument(session: Session, command: str) -> str:
    """The only argument. Raises `Failure`."""
    if len(session.values.arguments) != 1:
        given = " ".join(session.values.arguments)
        raise Failure(f"Unexpected args: [{given}]\nSee 'pyctl config {command} -h' for help and examples")
    return session.values.arguments[0]
