"""Kubeconfig values and the file of static tokens."""

from __future__ import annotations

import base64
import stat
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from pybernetes.apiserver.authn.static_tokens import load_tokens
from pybernetes.apiserver.pki.ca import create_ca
from pybernetes.apiserver.pki.kubeconfig import admin_kubeconfig, component_kubeconfig, ensure_token

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_admin_kubeconfig_carries_the_token_and_the_ca() -> None:
    made = admin_kubeconfig(server="https://127.0.0.1:6443", ca_pem=b"PEM", token="secret")
    assert made["users"] == [{"name": "kubernetes-admin", "user": {"token": "secret"}}]
    assert made["clusters"][0]["cluster"] == {
        "server": "https://127.0.0.1:6443",
        "certificate-authority-data": base64.b64encode(b"PEM").decode(),
    }
    assert made["current-context"] == made["contexts"][0]["name"]


def test_component_kubeconfig_carries_a_certificate_for_it() -> None:
    ca = create_ca("kubernetes", now=NOW)
    made = component_kubeconfig(ca, server="https://a:1", user="system:node:n1", groups=["system:nodes"], now=NOW)
    user = made["users"][0]["user"]
    certificate = x509.load_pem_x509_certificate(base64.b64decode(user["client-certificate-data"]))
    assert certificate.subject.rfc4514_string() == "CN=system:node:n1,O=system:nodes"
    assert b"PRIVATE KEY" in base64.b64decode(user["client-key-data"])


def test_token_is_made_once_and_other_lines_stay(tmp_path: Path) -> None:
    path = tmp_path / "tokens.csv"
    path.write_text('t1,alice,u1,"a,b"')
    token = ensure_token(path)
    assert ensure_token(path) == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    users = load_tokens(path)
    assert users["t1"].groups == ("a", "b")
    assert (users[token].name, users[token].groups) == ("kubernetes-admin", ("system:masters",))
