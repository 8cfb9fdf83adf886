"""Credentials as kubeconfig values: plain dictionaries, to be written as JSON (which every kubeconfig reader takes).

Certificates and keys are embedded, so that one file is all a client needs.
"""

from __future__ import annotations

import base64
import csv
import io
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pybernetes.api.object import Json
from pybernetes.apiserver.pki.ca import CertificateAuthority
from pybernetes.apiserver.pki.certificates import KeyPair, client_profile, issue
from pybernetes.apiserver.pki.files import SECRET_MODE, directory_lock, write_file

CLUSTER_NAME = "pybernetes"
TOKEN_BYTES = 32  # 256 bits: not to be guessed


def token_kubeconfig(*, server: str, ca_pem: bytes, user: str, token: str) -> Json:
    """A kubeconfig whose user shows a bearer token. `server` is a URL such as https://127.0.0.1:6443."""
    return _kubeconfig(server, ca_pem, user, {"token": token})


def certificate_kubeconfig(*, server: str, ca_pem: bytes, user: str, pair: KeyPair) -> Json:
    """A kubeconfig whose user shows a client certificate."""
    credentials = {"client-certificate-data": _base64(pair.certificate_pem), "client-key-data": _base64(pair.key_pem)}
    return _kubeconfig(server, ca_pem, user, credentials)


def component_kubeconfig(
    ca: CertificateAuthority, *, server: str, user: str, groups: Iterable[str] = (), now: datetime
) -> Json:
    """A kubeconfig with a newly issued client certificate for a component, a node or a person.

    Names: ``system:kube-scheduler``, ``system:kube-controller-manager``, ``system:kube-proxy``, or
    ``system:node:<name>`` in the group ``system:nodes``.
    """
    pair = issue(ca, client_profile(user, groups), now=now)
    return certificate_kubeconfig(server=server, ca_pem=ca.certificate_pem, user=user, pair=pair)


def admin_kubeconfig(*, server: str, ca_pem: bytes, token: str) -> Json:
    """What --kubeconfig-out writes: the administrator with the bearer token from `ensure_token`."""
    return token_kubeconfig(server=server, ca_pem=ca_pem, user="kubernetes-admin", token=token)


def ensure_token(
    path: Path, *, user: str = "kubernetes-admin", uid: str = "", groups: Iterable[str] = ("system:masters",)
) -> str:
    """The user's token in a file of the --token-auth-file form, made and appended if it is not there.

    Raises OSError.
    """
    with directory_lock(path.parent):
        content = path.read_text() if path.exists() else ""
        for row in csv.reader(io.StringIO(content)):
            if len(row) >= 2 and row[1].strip() == user:
                return row[0].strip()
        token = secrets.token_urlsafe(TOKEN_BYTES)
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([token, user, uid or user, ",".join(groups)])
        separator = "" if not content or content.endswith("\n") else "\n"
        write_file(path, (content + separator + line.getvalue()).encode(), mode=SECRET_MODE)
        return token


def _kubeconfig(server: str, ca_pem: bytes, user: str, credentials: Json) -> Json:
    context = f"{user}@{CLUSTER_NAME}"
    cluster = {"server": server, "certificate-authority-data": _base64(ca_pem)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CLUSTER_NAME, "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": context, "context": {"cluster": CLUSTER_NAME, "user": user}}],
        "current-context": context,
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
