"""`config` changes kubeconfig files of a test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pyctl.conftest import PYCTL, Result, call


@pytest.fixture
def run(tmp_path: Path) -> object:
    def config(*arguments: str) -> Result:
        return call(PYCTL, tmp_path / "config", "config", *arguments)

    return config


def test_a_file_from_nothing(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("current-context") == (1, "", "error: current-context is not set\n")
    assert run("set-cluster", "c", "--server=https://x").out == 'Cluster "c" set.\n'
    assert run("set-credentials", "u", "--token=secret").out == 'User "u" set.\n'
    assert run("set-context", "x", "--cluster=c", "--user=u").out == 'Context "x" created.\n'
    assert run("use-context", "x").out == 'Switched to context "x".\n'
    assert run("set-context", "--current", "--namespace=n").out == 'Context "x" modified.\n'
    assert run("get-contexts").out == (
        "CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n*         x      c         u          n\n"
    )
    assert (tmp_path / "config").stat().st_mode & 0o777 == 0o600
    assert "token: REDACTED\n" in run("view").out
    assert "token: secret\n" in run("view", "--raw").out
    assert run("view", "-o", "jsonpath={.contexts[0].context.namespace}").out == "n"
    assert run("rename-context", "x", "y").out == 'Context "x" renamed to "y".\n'
    assert run("current-context").out == "y\n"
    assert run("set", "clusters.c.server", "https://z").out == 'Property "clusters.c.server" set.\n'
    assert run("unset", "contexts.y.namespace").out == 'Property "contexts.y.namespace" unset.\n'
    assert run("get-clusters").out == "NAME\nc\n"
    assert run("delete-user", "u").out == f"deleted user u from {tmp_path / 'config'}\n"
    assert run("delete-context", "nope").code == 1
    assert run("use-context", "nope").err == 'error: no context exists with the name: "nope"\n'
