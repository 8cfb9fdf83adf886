"""`config view`: the merged kubeconfig, without its secrets unless --raw."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import PRINTING
from pybernetes.pyctl.kubeconfig_editing import content
from pybernetes.pyctl.output.printer import object_printer
from pybernetes.pyctl.output.yaml_text import document
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
DATA_FIELDS = ("certificate-authority-data", "client-certificate-data", "client-key-data")
SECRETS = {
    "certificate-authority-data": "DATA+OMITTED",
    "client-certificate-data": "DATA+OMITTED",
    "client-key-data": "DATA+OMITTED",
    "token": "REDACTED",
    "password": "REDACTED",
}


def run(session: Session) -> int:
    values, file = session.values, content(session)
    if values.on("minify"):
        file = minified(file, values.text("context"))
    if values.on("flatten"):
        file = flattened(file)
    if not values.on("raw") and not values.on("flatten"):
        file = redacted(file)
    printer = object_printer(session)
    sys.stdout.write(printer(file) if printer is not None else document(file))
    return 0


def _map_entries(file: Json, change: Any) -> Json:
    changed = dict(file)
    for section in kubeconfig.SECTIONS:
        inner = section[:-1]
        entries = file.get(section) or []
        changed[section] = [{**one, inner: change(dict(one.get(inner) or {}))} for one in entries] or None
    return changed


def redacted(file: Json) -> Json:
    """Without certificates, keys, tokens and passwords."""
    return _map_entries(file, lambda entry: {key: SECRETS.get(key, value) for key, value in entry.items()})


def flattened(file: Json) -> Json:
    """With the content of files that it names put into it."""

    def embed(entry: Json) -> Json:
        for field in DATA_FIELDS:
            named = entry.pop(field.removesuffix("-data"), None)
            if named:
                entry[field] = base64.b64encode(Path(named).read_bytes()).decode()
        return entry

    return _map_entries(file, embed)


def minified(file: Json, context_name: str) -> Json:
    """Only what one context uses. Raises `Failure`."""
    name = context_name or file.get("current-context") or ""
    if not name:
        raise Failure("current-context must exist in order to minify")
    context = kubeconfig.find(file, "contexts", name)
    if context is None:
        raise Failure(f"cannot locate context {name}")
    wanted = {"contexts": name, "clusters": context.get("cluster"), "users": context.get("user")}
    kept = {
        section: [one for one in file[section] if one["name"] == wanted[section]] for section in kubeconfig.SECTIONS
    }
    return {**file, **kept, "current-context": name}


COMMAND = Command(
    "config view [flags]",
    "Display merged kubeconfig settings or a specified kubeconfig file",
    run,
    (
        *PRINTING,
        Flag("raw", "bool", False, help="Show keys and tokens too."),
        Flag("minify", "bool", False, help="Only what the current context uses."),
        Flag("flatten", "bool", False, help="Put the files that it names into it."),
    ),
)
