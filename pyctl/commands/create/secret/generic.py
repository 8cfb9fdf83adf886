"""`create secret generic NAME`."""

from __future__ import annotations

import base64
from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.key_values import SOURCE_FLAGS, append_hash, collect
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    name = one_name(session, "create secret generic")
    texts, binaries = collect(session)
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()} | binaries
    obj: Json = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}
    if data:
        obj["data"] = data
    if session.values.text("type"):
        obj["type"] = session.values.text("type")
    if session.values.on("append-hash"):
        append_hash(obj)
    return create_named(session, obj, "secret")


COMMAND = Command(
    "create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]",
    "Create a secret from a local file, directory, or literal value",
    run,
    (*SOURCE_FLAGS, Flag("type", help="The type of secret to create"), *CREATE_FLAGS),
)
