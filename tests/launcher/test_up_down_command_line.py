"""What `up` and `down` say and return when there is nothing to do, or nothing can be done."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from pybernetes.launcher import down, preflight, registry, up
from pybernetes.launcher.plan import Plan, write_plan


@pytest.fixture(autouse=True)
def own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other cluster of this machine is seen or touched."""
    monkeypatch.setattr(registry, "directory", lambda: tmp_path / "run")
    monkeypatch.setattr(registry, "default_data_dir", lambda name: tmp_path / name)


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert up.main(["--help"]) == 0
    assert "pyctl up [flags]" in capsys.readouterr().out
    assert down.main(["-h"]) == 0
    assert "pyctl down [flags]" in capsys.readouterr().out


def test_wrong_flags_are_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert up.main(["--nodes", "many"]) == 1
    assert down.main(["--nmae", "x"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "error: --nodes many: is not a number",
        "error: unknown argument '--nmae': --help lists what there is",
    ]


def test_there_is_nothing_to_take_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert down.main(["--name", "none"]) == 0
    assert capsys.readouterr().out == "there is no cluster none\n"


def test_a_data_directory_is_one_cluster_s(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_plan(Plan("one", 0, str(tmp_path / "data"), "/cache", 6443, 0, "/config"))
    assert up.main(["--name", "two", "--data-dir", str(tmp_path / "data")]) == 1
    assert "belongs to the cluster one" in capsys.readouterr().err


def test_a_name_is_one_data_directory_s(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan("one", 0, str(tmp_path / "data"), "/cache", 6443, 0, "/config")
    write_plan(plan)
    with registry.locked():
        registry.add(plan)
    assert up.main(["--name", "one", "--data-dir", str(tmp_path / "other")]) == 1
    assert f"there is a cluster one already, in {tmp_path / 'data'}" in capsys.readouterr().err


def test_listed_clusters(tmp_path: Path) -> None:
    plans = [Plan(name, 0, str(tmp_path / name), "/cache", 6443, 0, "/config") for name in ("b", "a")]
    with registry.locked():
        for plan in plans:
            write_plan(plan)
            registry.add(plan)
        assert [plan.name for plan in registry.clusters()] == ["a", "b"]
        assert registry.data_dir_of("a") == tmp_path / "a"
        shutil.rmtree(tmp_path / "a")
        assert [plan.name for plan in registry.clusters()] == ["b"]
        registry.remove("b")
        registry.remove("b")
        assert registry.clusters() == []


def test_what_is_not_installed_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda program: None if program in ("ctr", "containerd", "ip") else "/bin/x")
    found = preflight.lacks(tmp_path)
    assert any("apt-get install containerd iproute2" in each for each in found), found


def test_without_root_nothing_else_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (lack,) = preflight.lacks(tmp_path)
    assert "nodes need root" in lack


def test_a_port_is_free_or_not() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not preflight.port_is_free(port)
    assert preflight.port_is_free(port)
