"""The servers that the API benchmarks ask, each in a process of its own: an API server, and the bare handler."""

from __future__ import annotations

import asyncio
import base64
import http.client
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from http_load import read_answer, request_bytes

TOKEN = "benchmark-token"  # of a user whom RBAC lets do everything
ADMIN_TOKEN = "administrator-token"  # of a member of system:masters, whom RBAC is not asked about
_TICKS = os.sysconf("SC_CLK_TCK")
_READY_SECONDS = 60.0


class Server:
    """A server that answers. `ready_seconds` is what it took from the start of its process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, context: ssl.SSLContext, ready_seconds: float = 0):
        self.process, self.port, self.context, self.ready_seconds = process, port, context, ready_seconds

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_bytes(self) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
        return 0

    async def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.context, server_hostname="localhost", limit=64 << 20
        )
        writer.write(request_bytes(method, path, ADMIN_TOKEN, body))
        answer = await read_answer(reader)
        writer.close()
        return answer


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens, the process is gone afterwards."""
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def data_directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pybernetes-bench-") as directory:
        yield Path(directory)


@contextmanager
def api_server(store: str, directory: Path) -> Iterator[Server]:
    """A server whose keys and embedded store are in the directory; given when it is ready."""
    tokens, kubeconfig = directory / "tokens.csv", directory / "kubeconfig"
    tokens.write_text(f'{TOKEN},bench,bench\n{ADMIN_TOKEN},admin,admin,"system:masters"\n')
    kubeconfig.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pybernetes.apiserver", "--data-dir", str(directory), "--store", store]
    command += ["--bind-address", "127.0.0.1", "--secure-port", "0"]
    command += ["--token-auth-file", str(tokens), "--kubeconfig-out", str(kubeconfig)]
    started = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    with ended(process):
        yield _ready(process, kubeconfig, started)


def _ready(process: subprocess.Popen[bytes], kubeconfig: Path, started: float) -> Server:
    while time.monotonic() < started + _READY_SECONDS:
        if process.poll() is not None:
            raise SystemExit(f"the API server ended with {process.returncode}")
        if kubeconfig.exists() and kubeconfig.stat().st_size:
            cluster = orjson.loads(kubeconfig.read_bytes())["clusters"][0]["cluster"]
            port = int(cluster["server"].rpartition(":")[2])
            context = ssl.create_default_context(
                cadata=base64.b64decode(cluster["certificate-authority-data"]).decode()
            )
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
            connection.request("GET", "/readyz")
            ready = connection.getresponse().status == 200
            connection.close()
            if ready:
                return Server(process, port, context, time.monotonic() - started)
        time.sleep(0.02)
    raise SystemExit(f"the API server was not ready within {_READY_SECONDS:.0f} seconds")


@contextmanager
def bare_handler(body: bytes, directory: Path, like: Server) -> Iterator[Server]:
    """A server of nothing but these bytes, with the certificate of the API server in the same directory."""
    file = directory / "answer"
    file.write_bytes(body)
    command = [sys.executable, str(Path(__file__).parent / "bare_handler.py"), str(file)]
    command += [str(directory / "pki" / name) for name in ("apiserver.crt", "apiserver.key")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    with ended(process):
        assert process.stdout is not None
        yield Server(process, int(process.stdout.readline()), like.context)
        process.stdout.close()
