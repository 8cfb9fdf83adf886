"""A real etcd for benchmarks: one member on loopback, of Debian's package etcd-server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_READY_SECONDS = 20.0


@contextmanager
def etcd_member(folder: Path) -> Iterator[str]:
    """A member on free ports with its data in a folder; gives the spec for `open_store` once it answers."""
    if shutil.which("etcd") is None:
        raise SystemExit("etcd is not on PATH: install the package etcd-server")
    client, peer = (f"http://127.0.0.1:{port}" for port in _free_ports(2))
    command = ["etcd", "--name=a", f"--data-dir={folder}", "--log-level=error", f"--initial-cluster=a={peer}"]
    command += [f"--listen-client-urls={client}", f"--advertise-client-urls={client}"]
    command += [f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_healthy(process, client)
        yield f"etcd={client}"
    finally:
        process.kill()
        process.wait()


def _wait_healthy(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"etcd did not become healthy within {_READY_SECONDS:.0f} seconds")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for free in sockets:
            free.bind(("127.0.0.1", 0))
        return [free.getsockname()[1] for free in sockets]
    finally:
        for free in sockets:
            free.close()
