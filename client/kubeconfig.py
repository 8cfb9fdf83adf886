"""kubeconfig files: where a cluster is, how to trust it and who we are there.

Reads what kubectl writes: clusters, users and contexts, with data inline or in files beside the kubeconfig.
Merging and removing contexts keeps whatever else is in the file.
"""

from __future__ import annotations

import base64
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]


class KubeconfigError(Exception):
    """The file is missing, malformed or names something that it does not have."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """All that a connection needs. Certificates and keys are PEM; empty means none."""

    server: str
    ca: bytes = b""
    client_certificate: bytes = b""
    client_key: bytes = b""
    token: str = ""
    token_file: str = ""
    namespace: str = "default"
    insecure: bool = False
    tls_server_name: str = ""


def default_path() -> Path:
    """The first file of $KUBECONFIG, or ~/.kube/config."""
    from_environment = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(from_environment) if from_environment else Path.home() / ".kube" / "config"


def read(path: Path) -> Json:
    """The file's content. Raises `KubeconfigError`."""
    try:
        content = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise KubeconfigError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise KubeconfigError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise KubeconfigError(f"{path}: not a kubeconfig")
    return content


def load(path: Path, context: str = "") -> Credentials:
    """The credentials of a context, or of the current one. Raises `KubeconfigError`."""
    content = read(path)
    name = context or content.get("current-context") or ""
    chosen = _named(content, "contexts", name, path).get("context") or {}
    cluster = _named(content, "clusters", chosen.get("cluster", ""), path).get("cluster") or {}
    user = _named(content, "users", chosen.get("user", ""), path).get("user") or {}
    if not cluster.get("server"):
        raise KubeconfigError(f"{path}: cluster {chosen.get('cluster')!r} has no server")
    return Credentials(
        server=cluster["server"],
        ca=_data(cluster, "certificate-authority", path),
        client_certificate=_data(user, "client-certificate", path),
        client_key=_data(user, "client-key", path),
        token=user.get("token") or "",
        token_file=user.get("tokenFile") or "",
        namespace=chosen.get("namespace") or "default",
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        tls_server_name=cluster.get("tls-server-name") or "",
    )


def _named(content: Json, section: str, name: str, path: Path) -> Json:
    for entry in content.get(section) or ():
        if entry.get("name") == name:
            return dict(entry)
    raise KubeconfigError(f"{path}: no entry {name!r} in {section}")


def _data(entry: Json, field: str, path: Path) -> bytes:
    inline = entry.get(f"{field}-data")
    if inline:
        return base64.b64decode(inline)
    named = entry.get(field)
    return (path.parent / named).read_bytes() if named else b""


def build(name: str, credentials: Credentials) -> Json:
    """A kubeconfig with one context called `name`, everything inline."""
    cluster: Json = {"server": credentials.server}
    if credentials.ca:
        cluster["certificate-authority-data"] = base64.b64encode(credentials.ca).decode()
    user: Json = {}
    if credentials.client_certificate:
        user["client-certificate-data"] = base64.b64encode(credentials.client_certificate).decode()
        user["client-key-data"] = base64.b64encode(credentials.client_key).decode()
    if credentials.token:
        user["token"] = credentials.token
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def merge(path: Path, addition: Json) -> None:
    """Put the entries of `addition` into the file in place of those of the same name, and make its context current."""
    content: Json = read(path) if path.exists() else {"apiVersion": "v1", "kind": "Config"}
    for section in ("clusters", "users", "contexts"):
        added = addition.get(section) or []
        names = {entry["name"] for entry in added}
        content[section] = [entry for entry in content.get(section) or () if entry["name"] not in names] + added
    content["current-context"] = addition["current-context"]
    write(path, content)


def remove(path: Path, name: str) -> None:
    """Take the cluster, user and context called `name` out of the file, if it is there."""
    if not path.exists():
        return
    content = read(path)
    for section in ("clusters", "users", "contexts"):
        content[section] = [entry for entry in content.get(section) or () if entry["name"] != name]
    if content.get("current-context") == name:
        remaining = content["contexts"]
        content["current-context"] = remaining[0]["name"] if remaining else ""
    write(path, content)


def write(path: Path, content: Json) -> None:
    """Write atomically and readable by the owner alone: it holds keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        yaml.safe_dump(content, file, sort_keys=False)
    Path(temporary).replace(path)
