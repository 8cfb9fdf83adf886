"""Files and flags in, where to connect out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig import Overrides

Json = dict[str, Any]


def config(name: str, **user: str) -> Json:
    return {
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}", "certificate-authority": "ca.crt"}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": f"ns-{name}"}}],
    }


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ca.crt").write_text("CA")
    (tmp_path / "a").write_text(json.dumps(config("a", token="t")))
    (tmp_path / "b").write_text(
        "current-context: b\nclusters:\n- {name: b, cluster: {server: 'https://b', insecure-skip-tls-verify: true}}\n"
        "users:\n- {name: b, user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}}\n"
        "contexts:\n- {name: b, context: {cluster: b, user: b}}\n"
    )
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'a'}:{tmp_path / 'b'}:{tmp_path / 'missing'}")
    return tmp_path


def test_files_merge_and_the_first_wins(files: Path) -> None:
    access = kubeconfig.access(kubeconfig.load(), Overrides())
    assert (access.server, access.namespace, access.token, access.ca) == ("https://a", "ns-a", "t", b"CA")


def test_another_context(files: Path) -> None:
    access = kubeconfig.access(kubeconfig.load(), Overrides(context="b"))
    assert (access.server, access.namespace, access.insecure) == ("https://b", "default", True)
    assert (access.client_certificate, access.client_key, access.ca) == (b"CERT", b"KEY", b"")


def test_flags_win_over_files(files: Path) -> None:
    said = Overrides(server="http://x:1", namespace="n", token="u", impersonate=(("Impersonate-User", "me"),))
    access = kubeconfig.access(kubeconfig.load(), said)
    assert (access.server, access.namespace, access.token) == ("http://x:1", "n", "u")
    assert access.impersonate == (("Impersonate-User", "me"),)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (Overrides(context="nope"), "context was not found for specified context: nope"),
        (Overrides(cluster="nope"), 'cluster "nope" does not exist'),
        (Overrides(user="nope"), 'auth info "nope" does not exist'),
    ],
)
def test_what_is_not_there(files: Path, said: Overrides, complaint: str) -> None:
    with pytest.raises(Failure) as raised:
        kubeconfig.access(kubeconfig.load(), said)
    assert str(raised.value) == complaint


def test_no_kubeconfig_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert kubeconfig.access(kubeconfig.load(), Overrides()).server == "http://localhost:8080"


def test_a_token_from_a_plugin(tmp_path: Path) -> None:
    script = "import json;print(json.dumps({'kind':'ExecCredential','status':{'token':'from-plugin'}}))"
    content = config("a")
    content["users"][0]["user"] = {"exec": {"command": "python3", "args": ["-c", script]}}
    content["clusters"][0]["cluster"] = {
        "server": "https://a",
        "certificate-authority-data": base64.b64encode(b"CA").decode(),
    }
    access = kubeconfig.access(content, Overrides())
    assert (access.token, access.ca) == ("from-plugin", b"CA")
