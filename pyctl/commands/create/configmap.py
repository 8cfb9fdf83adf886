"""`create configmap NAME`: from files, folders, env files and literals."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.key_values import SOURCE_FLAGS, append_hash, collect
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    name = one_name(session, "create configmap")
    texts, binaries = collect(session)
    obj: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    if texts:
        obj["data"] = texts
    if binaries:
        obj["binaryData"] = binaries
    if session.values.on("append-hash"):
        append_hash(obj)
    return create_named(session, obj, "configmap")


COMMAND = Command(
    "create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1]",
    "Create a config map from a local file, directory or literal value",
    run,
    (*SOURCE_FLAGS, *CREATE_FLAGS),
)
