"""What the API server does in a second, and what each request costs it: ``python hack/bench/api.py [--quick]``.

Server and client share this machine's cores, over TLS, with a bearer token and RBAC; the store is SQLite unless
``--store`` says otherwise. Medians of several runs with their spread, and the server's CPU time for each request.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import uvloop

sys.path.insert(0, str(Path(__file__).parent))
from http_load import load, read_answer, request_bytes
from table import Row, print_table

TOKEN = "benchmark-token"
_TICKS = os.sysconf("SC_CLK_TCK")


def pod(name: str, group: int) -> bytes:
    """A pod of about 3 KB once the server has filled it in."""
    return orjson.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "labels": {"app": f"app-{group}", "tier": "web", "pod-template-hash": "5d4f8c7b9d"},
                "annotations": {"example.com/notes": "x" * 900},
            },
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [
                    {
                        "name": "web",
                        "image": "registry.example.com/team/web:1.2.3",
                        "args": ["--listen=:8080", "--log-level=info"],
                        "env": [{"name": f"SETTING_{n}", "value": "value " * 4} for n in range(8)],
                        "ports": [{"containerPort": 8080, "name": "http"}],
                        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
                        "livenessProbe": {"httpGet": {"path": "/live", "port": 8080}},
                        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                    }
                ],
                "volumes": [{"name": "data", "emptyDir": {}}],
            },
        }
    )


def config_map(name: str) -> bytes:
    data = {"settings": "x" * 500}
    return orjson.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


class Server:
    """An API server in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, context: ssl.SSLContext):
        self.process, self.port, self.context = process, port, context

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mib(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    async def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.context, server_hostname="localhost", limit=64 << 20
        )
        writer.write(request_bytes(method, path, TOKEN, body))
        answer = await read_answer(reader)
        writer.close()
        return answer


@contextmanager
def api_server(store: str) -> Iterator[Server]:
    """Starts a server with an empty store; gives it when it is ready."""
    with tempfile.TemporaryDirectory(prefix="pybernetes-bench-") as directory:
        tokens = Path(directory) / "tokens.csv"
        tokens.write_text(f'{TOKEN},bench,bench,"system:masters"\n')
        kubeconfig = Path(directory) / "kubeconfig"
        command = [sys.executable, "-m", "pybernetes.apiserver", "--data-dir", directory, "--secure-port", "0"]
        command += [
            "--bind-address",
            "127.0.0.1",
            "--token-auth-file",
            str(tokens),
            "--kubeconfig-out",
            str(kubeconfig),
        ]
        command += ["--store", store]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            yield _ready(process, kubeconfig)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(process: subprocess.Popen[bytes], kubeconfig: Path) -> Server:
    import base64
    import http.client

    end = time.monotonic() + 20
    while time.monotonic() < end:
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
                return Server(process, port, context)
        time.sleep(0.05)
    raise SystemExit("the API server was not ready within 20 seconds")


class Bench:
    def __init__(self, server: Server, runs: int, seconds: float):
        self.server, self.runs, self.seconds = server, runs, seconds
        self.rows: list[Row] = []
        self._names = itertools.count()

    async def measure(
        self, title: str, next_request: Callable[[], bytes | None], connections: int, *, refused: bool = False
    ) -> None:
        rates, cpu, failures = [], [], 0
        for _ in range(self.runs):
            before = self.server.cpu_seconds()
            rate = await load(
                self.server.port, self.server.context, next_request, connections=connections, seconds=self.seconds
            )
            rates.append(rate.per_second)
            cpu.append((self.server.cpu_seconds() - before) / max(1, rate.requests) * 1e6)
            failures += rate.failures
        self.rows.append(Row(title, rates, "/s", f"{statistics.median(cpu):.0f} us CPU each"))
        if failures and not refused:
            raise SystemExit(f"{title}: {failures} requests failed")

    def creates(self, path: str, make: Callable[[str], bytes]) -> Callable[[], bytes]:
        return lambda: request_bytes("POST", path, TOKEN, make(f"b-{next(self._names)}"))


async def fill(server: Server, count: int) -> None:
    """`count` pods in the namespace default, ten to a label."""
    names = iter(range(count))

    def following() -> bytes | None:
        number = next(names, None)
        if number is None:
            return None
        return request_bytes("POST", "/api/v1/namespaces/default/pods", TOKEN, pod(f"pod-{number:05d}", number // 10))

    rate = await load(server.port, server.context, following, connections=16, seconds=300)
    if rate.failures:
        raise SystemExit(f"{rate.failures} of {count} pods were refused")


async def watch_rate(server: Server, watchers: int, events: int) -> float:
    """Events delivered a second to all watchers together."""
    path = "/api/v1/namespaces/watched/configmaps"
    await server.call(
        "POST", "/api/v1/namespaces", b'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"watched"}}'
    )
    streams = []
    for _ in range(watchers):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=server.context, server_hostname="localhost", limit=1 << 20
        )
        writer.write(request_bytes("GET", f"{path}?watch=1&resourceVersion=0", TOKEN))
        await reader.readuntil(b"\r\n\r\n")
        streams.append((reader, writer))

    async def count(reader: asyncio.StreamReader) -> None:
        seen = 0
        while seen < events:
            seen += (await reader.read(1 << 16)).count(b'"type":"ADDED"')

    tag = time.monotonic_ns()
    names = iter(range(events))

    def following() -> bytes | None:
        number = next(names, None)
        return None if number is None else request_bytes("POST", path, TOKEN, config_map(f"w-{tag}-{number}"))

    start = time.perf_counter()
    counting = [asyncio.create_task(count(reader)) for reader, _ in streams]
    await load(server.port, server.context, following, connections=16, seconds=60)
    async with asyncio.timeout(60):
        await asyncio.gather(*counting)
    elapsed = time.perf_counter() - start
    for _, writer in streams:
        writer.close()
    await server.call("DELETE", path)
    return watchers * events / elapsed


async def run(server: Server, *, quick: bool) -> list[Row]:
    bench = Bench(server, runs=3 if quick else 5, seconds=1.0 if quick else 2.0)
    await server.call(
        "POST",
        "/api/v1/namespaces/default/serviceaccounts",
        b'{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}',
    )
    await fill(server, 1000)
    get = request_bytes("GET", "/api/v1/namespaces/default/pods/pod-00500", TOKEN)
    missing = request_bytes("GET", "/api/v1/namespaces/default/pods/none", TOKEN)
    listing = request_bytes("GET", "/api/v1/namespaces/default/pods", TOKEN)
    by_label = request_bytes("GET", "/api/v1/namespaces/default/pods?labelSelector=app%3Dapp-50", TOKEN)
    await bench.measure("GET a pod, 1 connection", lambda: get, 1)
    await bench.measure("GET a pod, 32 connections", lambda: get, 32)
    await bench.measure("GET, not found, 32 connections", lambda: missing, 32, refused=True)
    await bench.measure("LIST 1,000 pods", lambda: listing, 2)
    await bench.measure("LIST by label, 10 of 1,000", lambda: by_label, 8)
    await bench.measure(
        "create ConfigMap, 8 connections", bench.creates("/api/v1/namespaces/default/configmaps", config_map), 8
    )
    await bench.measure(
        "create Pod, 8 connections", bench.creates("/api/v1/namespaces/default/pods", lambda name: pod(name, 0)), 8
    )
    turns = itertools.count()

    def patch_status() -> bytes:
        body = orjson.dumps({"status": {"message": f"turn {next(turns)}"}})
        path = f"/api/v1/namespaces/default/pods/pod-{next(turns) % 1000:05d}/status"
        return request_bytes("PATCH", path, TOKEN, body, "application/merge-patch+json")

    await bench.measure("merge patch of a pod's status, 4 connections", patch_status, 4)
    for watchers in (1, 50, 200):
        events = 1000 if watchers == 1 else 300
        rates = [await watch_rate(server, watchers, events) for _ in range(bench.runs)]
        bench.rows.append(Row(f"watch, {watchers} watchers: events", rates, "/s"))
    bench.rows.append(Row("memory of the API server after that", [server.memory_mib()], "MiB"))
    return bench.rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--store", default="sqlite", help="sqlite, or etcd=URL of a running etcd")
    options = parser.parse_args()
    with api_server(options.store) as server, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows = runner.run(run(server, quick=options.quick))
    print_table(f"API server, store {options.store.partition('=')[0]}", rows)


if __name__ == "__main__":
    main()
