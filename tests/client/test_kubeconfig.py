"""kubeconfig files: reading, merging and removing."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
import yaml

from pybernetes.client import kubeconfig
from pybernetes.client.kubeconfig import Credentials, KubeconfigError

FULL = Credentials("https://c:6443", b"CA", b"CERT", b"KEY", "token")


def test_what_is_built_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "config"
    kubeconfig.write(file, kubeconfig.build("c", FULL))
    assert kubeconfig.load(file) == FULL
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["config"]


def test_files_beside_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_bytes(b"CA")
    content = kubeconfig.build("c", Credentials("https://c"))
    content["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    content["users"][0]["user"]["tokenFile"] = "/run/token"
    content["contexts"][0]["context"]["namespace"] = "team"
    kubeconfig.write(tmp_path / "config", content)
    loaded = kubeconfig.load(tmp_path / "config")
    assert (loaded.ca, loaded.token_file, loaded.namespace) == (b"CA", "/run/token", "team")


def test_merging_keeps_what_else_is_there(tmp_path: Path) -> None:
    file = tmp_path / "config"
    kubeconfig.write(file, {**kubeconfig.build("old", Credentials("https://old")), "preferences": {"colors": True}})
    kubeconfig.merge(file, kubeconfig.build("new", Credentials("https://new")))
    kubeconfig.merge(file, kubeconfig.build("new", Credentials("https://newer")))
    content = yaml.safe_load(file.read_text())
    assert [entry["name"] for entry in content["contexts"]] == ["old", "new"]
    assert content["current-context"] == "new" and content["preferences"] == {"colors": True}
    assert kubeconfig.load(file).server == "https://newer"
    assert kubeconfig.load(file, "old").server == "https://old"
    kubeconfig.remove(file, "new")
    assert kubeconfig.load(file).server == "https://old"
    kubeconfig.remove(file, "old")
    assert yaml.safe_load(file.read_text())["current-context"] == ""
    kubeconfig.remove(tmp_path / "missing", "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file"),
        ("[", "config"),
        ("text", "not a kubeconfig"),
        ("current-context: x", "no entry 'x' in contexts"),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c}]\n"
            "users: [{name: u}]",
            "has no server",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "config"
    if text is not None:
        file.write_text(text)
    with pytest.raises(KubeconfigError, match=message):
        kubeconfig.load(file)


def test_default_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/a:{tmp_path}/b")
    assert kubeconfig.default_path() == tmp_path / "a"
    monkeypatch.delenv("KUBECONFIG")
    assert kubeconfig.default_path() == Path.home() / ".kube" / "config"


def test_inline_data_is_base64(tmp_path: Path) -> None:
    content = kubeconfig.build("c", FULL)
    assert base64.b64decode(content["clusters"][0]["cluster"]["certificate-authority-data"]) == b"CA"
