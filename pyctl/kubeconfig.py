"""Which cluster, and who we are there: kubeconfig files merged, then flags over them.

Several files in $KUBECONFIG merge as clientcmd merges them: the first that sets a value wins. JSON is YAML too, and
many times as fast to read, so a file that starts with a brace is read as JSON; only others load yaml. Paths are plain
text: pathlib alone would be a tenth of what `get` takes.
"""

# ruff: noqa: PTH100, PTH110, PTH111, PTH118, PTH120, PTH123
from __future__ import annotations

import base64
import json
import os
from typing import Any, NamedTuple

from pybernetes.pyctl.failures import Failure

Json = dict[str, Any]
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
CONFIGURATION = "Error in configuration: "
SECTIONS = ("clusters", "users", "contexts")


class Access(NamedTuple):
    """All that a connection needs. Certificates and keys are PEM; empty means none."""

    server: str
    namespace: str = "default"
    ca: bytes = b""
    client_certificate: bytes = b""
    client_key: bytes = b""
    token: str = ""
    basic: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    impersonate: tuple[tuple[str, str], ...] = ()


def paths(explicit: str = "") -> list[str]:
    """The files to read: the flag's, or all of $KUBECONFIG, or ~/.kube/config."""
    if explicit:
        return [explicit]
    named = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return named or [os.path.expanduser("~/.kube/config")]


def read_file(path: str) -> Json:
    """One file's content, empty when there is no such file. Raises `Failure`."""
    try:
        with open(path) as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Failure(f'error loading config file "{path}": {error.strerror}') from error
    content = _parse(text, path)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise Failure(f'error loading config file "{path}": not a kubeconfig')
    return content


def _parse(text: str, path: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            pass  # a YAML flow mapping also starts with a brace: the YAML parser decides
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise Failure(f'error loading config file "{path}": {error}') from error


def load(explicit: str = "") -> Json:
    """The merged content; file names in it are made absolute. Raises `Failure`."""
    if explicit and not os.path.exists(explicit):
        raise Failure(f"stat {explicit}: no such file or directory")
    merged: Json = {"kind": "Config", "apiVersion": "v1", "preferences": {}, "current-context": ""}
    for section in SECTIONS:
        merged[section] = []
    for path in paths(explicit):
        content = read_file(path)
        merged["current-context"] = merged["current-context"] or content.get("current-context") or ""
        for section in SECTIONS:
            known = {entry["name"] for entry in merged[section]}
            for entry in content.get(section) or ():
                if entry.get("name") not in known:
                    merged[section].append(_absolute(entry, section, path))
    return merged


def _absolute(entry: Json, section: str, path: str) -> Json:
    inner_name = section[:-1]
    inner = dict(entry.get(inner_name) or {})
    for field in ("certificate-authority", "client-certificate", "client-key"):
        if inner.get(field):
            inner[field] = os.path.abspath(os.path.join(os.path.dirname(path), inner[field]))
    return {**entry, inner_name: inner}


def find(content: Json, section: str, name: str) -> Json | None:
    """The cluster, user or context of a name."""
    for entry in content.get(section) or ():
        if entry.get("name") == name:
            return dict(entry.get(section[:-1]) or {})
    return None


class Overrides(NamedTuple):
    """What flags say over the file."""

    context: str = ""
    cluster: str = ""
    user: str = ""
    server: str = ""
    namespace: str = ""
    token: str = ""
    certificate_authority: str = ""
    client_certificate: str = ""
    client_key: str = ""
    tls_server_name: str = ""
    insecure: bool = False
    impersonate: tuple[tuple[str, str], ...] = ()


def access(content: Json, overrides: Overrides) -> Access:
    """The cluster to talk to. Raises `Failure` when the file names something that it does not have."""
    context_name = overrides.context or content.get("current-context") or ""
    context = find(content, "contexts", context_name)
    if context is None:
        if overrides.context:
            raise Failure(f"context was not found for specified context: {context_name}", prefix=CONFIGURATION)
        if not context_name and not overrides.server:
            inside = _in_cluster(overrides)
            if inside is not None:
                return inside
        context = {}
    cluster = _entry(content, "clusters", overrides.cluster or context.get("cluster", ""))
    user = _entry(content, "users", overrides.user or context.get("user", ""))
    insecure = overrides.insecure or bool(cluster.get("insecure-skip-tls-verify"))
    flags = {
        "certificate-authority": overrides.certificate_authority,
        "client-certificate": overrides.client_certificate,
        "client-key": overrides.client_key,
    }
    given = {field: value for field, value in flags.items() if value}
    server = overrides.server or cluster.get("server") or "http://localhost:8080"
    return Access(
        server=server if "://" in server else f"http://{server}",
        namespace=overrides.namespace or context.get("namespace") or "default",
        ca=b"" if insecure else _data({**_without_data(cluster, given), **given}, "certificate-authority"),
        client_certificate=_data({**_without_data(user, given), **given}, "client-certificate"),
        client_key=_data({**_without_data(user, given), **given}, "client-key"),
        token=overrides.token or _token(user),
        basic=_basic(user),
        insecure=insecure,
        tls_server_name=overrides.tls_server_name or cluster.get("tls-server-name") or "",
        impersonate=overrides.impersonate or _impersonation(user),
    )


def _entry(content: Json, section: str, name: str) -> Json:
    if not name:
        return {}
    found = find(content, section, name)
    if found is None:
        word = "cluster" if section == "clusters" else "auth info"
        raise Failure(f'{word} "{name}" does not exist')
    return found


def _without_data(entry: Json, given: Json) -> Json:
    return {field: value for field, value in entry.items() if field.removesuffix("-data") not in given}


def _data(entry: Json, field: str) -> bytes:
    inline = entry.get(f"{field}-data")
    if inline:
        return base64.b64decode(inline)
    named = entry.get(field)
    if not named:
        return b""
    try:
        return _content(named)
    except OSError as error:
        raise Failure(f"unable to read {field} {named}: {error.strerror}") from error


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _token(user: Json) -> str:
    if user.get("token"):
        return str(user["token"])
    if user.get("tokenFile"):
        return _content(user["tokenFile"]).decode().strip()
    if user.get("exec"):
        from pybernetes.pyctl.exec_credential import token_of

        return token_of(user["exec"])
    return ""


def _basic(user: Json) -> str:
    if not user.get("username"):
        return ""
    return base64.b64encode(f"{user['username']}:{user.get('password', '')}".encode()).decode()


def _impersonation(user: Json) -> tuple[tuple[str, str], ...]:
    headers = [("Impersonate-User", user["as"])] if user.get("as") else []
    headers += [("Impersonate-Uid", user["as-uid"])] if user.get("as-uid") else []
    return (*headers, *(("Impersonate-Group", group) for group in user.get("as-groups") or ()))


def _in_cluster(overrides: Overrides) -> Access | None:
    """Inside a pod without a kubeconfig, the service account speaks."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port or not os.path.exists(f"{SERVICE_ACCOUNT}/token"):
        return None
    return Access(
        server=f"https://{'[' + host + ']' if ':' in host else host}:{port}",
        namespace=overrides.namespace or _content(f"{SERVICE_ACCOUNT}/namespace").decode().strip() or "default",
        ca=_content(f"{SERVICE_ACCOUNT}/ca.crt"),
        token=overrides.token or _content(f"{SERVICE_ACCOUNT}/token").decode().strip(),
        insecure=overrides.insecure,
        impersonate=overrides.impersonate,
    )
