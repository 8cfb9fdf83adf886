"""Cgroups go from every hierarchy, except where something still runs in them."""

from __future__ import annotations

import os
import subprocess

import pytest

from pybernetes.launcher import cgroup_removal


def test_a_tree_goes_from_every_hierarchy() -> None:
    assert os.geteuid() == 0, "this test needs root"
    name = f"/pyb-test-{os.getpid()}"
    tops = [root / name.lstrip("/") for root in cgroup_removal.hierarchies()]
    for top in tops:
        (top / "a" / "b").mkdir(parents=True)
        (top / "c").mkdir()
    assert cgroup_removal.remove(name) == []
    assert not any(top.exists() for top in tops)
    assert cgroup_removal.remove(name) == []


def test_one_that_is_in_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert os.geteuid() == 0, "this test needs root"
    name = f"/pyb-busy-{os.getpid()}"
    top = cgroup_removal.hierarchies()[-1] / name.lstrip("/")
    top.mkdir()
    process = subprocess.Popen(["sleep", "1000"])
    try:
        (top / "cgroup.procs").write_text(str(process.pid))
        monkeypatch.setattr(cgroup_removal, "_TRY_SECONDS", 0.05)
        assert cgroup_removal.remove(name) == [top]
    finally:
        process.kill()
        process.wait()
    monkeypatch.undo()
    assert cgroup_removal.remove(name) == []
