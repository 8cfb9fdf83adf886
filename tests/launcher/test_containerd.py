"""containerd's configuration as text, and a real one started from it."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.launcher.containerd import (
    Settings,
    command_line,
    config_toml,
    hosts_toml,
    kill_shims,
    oom_score_limited,
    shim_pids,
    start_containerd,
    write_registry,
)


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path: a Unix socket's name may have 107 characters."""
    made = Path(f"/tmp/pyb-c{os.getpid()}")
    made.mkdir()
    yield made
    shutil.rmtree(made)


def test_the_configuration_is_toml_and_says_what_was_set() -> None:
    settings = Settings(Path('/srv/a "b"'), Path("/etc/cni"), pause_image="p:1", stream_port=7, oom_score_limited=True)
    config = tomllib.loads(config_toml(settings))
    cri = config["plugins"]["io.containerd.grpc.v1.cri"]
    assert config["version"] == 2
    assert config["root"] == '/srv/a "b"/root'
    assert config["grpc"]["address"] == '/srv/a "b"/containerd.sock'
    assert (cri["sandbox_image"], cri["stream_server_port"], cri["restrict_oom_score_adj"]) == ("p:1", "7", True)
    assert cri["cni"] == {"bin_dir": "/usr/lib/cni", "conf_dir": "/etc/cni"}
    assert cri["registry"]["config_path"] == '/srv/a "b"/certs.d'
    assert cri["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is False
    assert "io.containerd.snapshotter.v1.native" in config["disabled_plugins"]


def test_the_chosen_snapshotter_is_not_disabled() -> None:
    config = tomllib.loads(config_toml(Settings(Path("/x"), Path("/y"), snapshotter="native")))
    assert "io.containerd.snapshotter.v1.native" not in config["disabled_plugins"]
    assert config["plugins"]["io.containerd.grpc.v1.cri"]["containerd"]["snapshotter"] == "native"


def test_the_command_line_may_be_put_elsewhere() -> None:
    settings = Settings(Path("/x"), Path("/y"))
    assert command_line(settings) == ["containerd", "--config", "/x/config.toml"]
    assert command_line(settings, ["nsenter", "--net=/n"])[:3] == ["nsenter", "--net=/n", "containerd"]


def test_registries(tmp_path: Path) -> None:
    text = hosts_toml("https://registry-1.docker.io", ["http://127.0.0.1:5000"], skip_verify=True)
    parsed = tomllib.loads(text)
    assert parsed["server"] == "https://registry-1.docker.io"
    assert list(parsed["host"]) == ["http://127.0.0.1:5000", "https://registry-1.docker.io"]
    assert parsed["host"]["http://127.0.0.1:5000"] == {"capabilities": ["pull", "resolve"], "skip_verify": True}
    settings = Settings(tmp_path, tmp_path)
    write_registry(settings, "docker.io", "https://registry-1.docker.io")
    assert (tmp_path / "certs.d/docker.io/hosts.toml").exists()


async def test_it_starts_takes_calls_and_stops(directory: Path) -> None:
    assert shutil.which("containerd"), "this test needs containerd"
    assert os.geteuid() == 0, "this test needs root"
    settings = Settings(directory, directory / "cni", oom_score_limited=oom_score_limited())
    containerd = await start_containerd(settings, ["unshare", "--mount"])
    async with Runtime(containerd.address) as runtime:
        status = await runtime.status()
    ready, network = status.condition("RuntimeReady"), status.condition("NetworkReady")
    assert ready is not None
    assert ready.status
    assert network is not None
    assert not network.status  # no CNI configuration yet
    await containerd.stop()
    await containerd.stop()
    assert containerd.process.returncode == 0
    assert shim_pids(settings) == []
    assert kill_shims(settings) == []


async def test_one_that_cannot_start_is_reported_with_its_log(directory: Path) -> None:
    settings = Settings(directory, directory / "cni", log_level="nonsense")
    with pytest.raises(RuntimeError, match=r"(?s)exited with 1;.*nonsense"):
        await start_containerd(settings)


def test_whether_the_oom_score_may_be_lowered_is_found_out_without_a_trace() -> None:
    before = Path("/proc/self/oom_score_adj").read_text()
    oom_score_limited()
    assert Path("/proc/self/oom_score_adj").read_text() == before
