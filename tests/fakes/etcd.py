"""Real etcd processes on free loopback ports, to be killed, paused and started again."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

START_SECONDS = 20.0


@dataclass
class Etcd:
    """One etcd process."""

    name: str
    folder: Path
    client: str
    peer: str
    options: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self, cluster: list[Etcd]) -> None:
        members = ",".join(f"{member.name}={member.peer}" for member in cluster)
        command = ["etcd", f"--name={self.name}", f"--data-dir={self.folder / 'data'}", "--log-level=error"]
        command += [f"--listen-client-urls={self.client}", f"--advertise-client-urls={self.client}"]
        command += [f"--listen-peer-urls={self.peer}", f"--initial-advertise-peer-urls={self.peer}"]
        command += [f"--initial-cluster={members}", "--heartbeat-interval=50", "--election-timeout=500"]
        self.folder.mkdir(exist_ok=True)
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen([*command, *self.options], stdout=log, stderr=log)
        log.close()

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def is_leader(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.client}/metrics", timeout=2) as page:
                return b"\netcd_server_is_leader 1\n" in page.read()
        except OSError:
            return False

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.client}/health", timeout=2) as page:
                return json.load(page)["health"] == "true"
        except (OSError, urllib.error.HTTPError):
            return False

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            assert self.process is not None and self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)


class EtcdCluster:
    """Some etcd processes that are one cluster."""

    def __init__(self, folder: Path, size: int) -> None:
        if shutil.which("etcd") is None:
            pytest.fail("etcd is not on PATH: install the package etcd-server")
        ports = free_ports(2 * size)
        self.members = [
            Etcd(f"m{i}", folder / f"m{i}", f"http://127.0.0.1:{ports[2 * i]}", f"http://127.0.0.1:{ports[2 * i + 1]}")
            for i in range(size)
        ]

    def start(self) -> None:
        for member in self.members:
            member.start(self.members)
        for member in self.members:
            member.wait_until_healthy()

    def leader(self) -> Etcd:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for member in self.members:
                if member.process is not None and member.is_leader():
                    return member
            time.sleep(0.05)
        raise AssertionError("the cluster has no leader")

    def stop(self) -> None:
        for member in self.members:
            member.kill()

    @property
    def urls(self) -> list[str]:
        return [member.client for member in self.members]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for free in sockets:
            free.bind(("127.0.0.1", 0))
        return [free.getsockname()[1] for free in sockets]
    finally:
        for free in sockets:
            free.close()
