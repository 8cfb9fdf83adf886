"""What the API server does in a second, and what each request costs it.

    hack/bench/api.py [--quick] [--only WORD] [--store sqlite|etcd|etcd=URL]

Server and client share this machine's cores, over TLS, with a bearer token and RBAC. The store is SQLite unless
``--store`` says otherwise; ``etcd`` starts one for the run, which shares the cores too. Medians of several runs with
their spread, and the server's CPU time for each request, without etcd's. The floors are of the same run: a bare
aiohttp handler that sends the same bytes over TLS, and bare compare-and-swaps on the same store. ``--only`` measures
the rows whose title has the word in it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import uvloop

sys.path.insert(0, str(Path(__file__).parent))
from api_filled import PODS, fill, filled_rows, prepare
from api_process import TOKEN, Server, api_server, bare_handler, data_directory
from api_watch import watch_run
from etcd_process import etcd_member
from http_load import NextRequest, load, request_bytes
from objects import config_map, pod
from table import Row, print_table

from pybernetes.apiserver.storage.open import open_store

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PAGE = 500
MANY = 10_000
RBAC = "rbac.authorization.k8s.io/v1"
MAY_DO_ALL = {
    "apiVersion": RBAC,
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "bench"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "bench"}],
}
_CONTINUE = re.compile(rb'"continue":"([^"]+)"')
_VERSION = re.compile(rb'"resourceVersion":"([0-9]+)"')


def always(request: bytes) -> NextRequest:
    return lambda connection, last: request


def get(path: str, accept: str = "") -> NextRequest:
    return always(request_bytes("GET", path, TOKEN, accept=accept))


def pages(connection: int, last: bytes) -> bytes:
    """The page after the one that was read last, or the first."""
    found = _CONTINUE.search(last, 0, 512)
    token = f"&continue={found[1].decode()}" if found else ""
    return request_bytes("GET", f"{PODS}?limit={PAGE}{token}", TOKEN)


def compare_and_swap() -> NextRequest:
    """Each connection has an object of its own: it creates it, then replaces it at the version it was told last."""
    names: dict[int, str] = {}

    def following(connection: int, last: bytes) -> bytes:
        found = _VERSION.search(last)
        if found is None:
            names[connection] = f"swapped-{time.monotonic_ns()}"
            return request_bytes("POST", CONFIG_MAPS, TOKEN, config_map(names[connection]))
        name = names[connection]
        return request_bytes("PUT", f"{CONFIG_MAPS}/{name}", TOKEN, config_map(name, found[1].decode()))

    return following


class Bench:
    def __init__(self, server: Server, *, quick: bool, only: str):
        self.server, self.only = server, only.lower()
        self.runs, self.seconds = (3, 1.0) if quick else (5, 2.0)
        self.rows: list[Row] = []
        self.names = (f"b-{number}" for number in itertools.count())

    def wanted(self, title: str) -> bool:
        return self.only in title.lower()

    async def measure(
        self,
        title: str,
        next_request: NextRequest,
        connections: int,
        *,
        refused: bool = False,
        answers: int = 1,
        server: Server | None = None,
    ) -> None:
        """A row: rates of `next_request`, of which `answers` are one thing done."""
        if not self.wanted(title):
            return
        server = server or self.server
        rates, cpu, failures = [], [], 0
        for _ in range(self.runs):
            before = server.cpu_seconds()
            rate = await load(server.port, server.context, next_request, connections=connections, seconds=self.seconds)
            rates.append(rate.per_second / answers)
            cpu.append((server.cpu_seconds() - before) / max(1, rate.requests) * answers * 1e6)
            failures += rate.failures
        self.rows.append(Row(title, rates, "/s", f"{statistics.median(cpu):,.0f} us CPU each"))
        if failures and not refused:
            raise SystemExit(f"{title}: {failures} requests failed")

    def creates(self, path: str, make) -> NextRequest:
        return lambda connection, last: request_bytes("POST", path, TOKEN, make(next(self.names)))

    async def measure_deletes(self, title: str, count: int) -> None:
        """The objects are made first, and not counted."""
        if not self.wanted(title):
            return
        rates, cpu = [], []
        for _ in range(self.runs):
            made = [next(self.names) for _ in range(count)]
            creating, deleting = iter(made), iter(made)
            await load(self.server.port, self.server.context, self._each("POST", creating), connections=8, seconds=60)
            before = self.server.cpu_seconds()
            deletes = self._each("DELETE", deleting)
            rate = await load(self.server.port, self.server.context, deletes, connections=8, seconds=60)
            if rate.failures:
                raise SystemExit(f"{title}: {rate.failures} requests failed")
            rates.append(rate.per_second)
            cpu.append((self.server.cpu_seconds() - before) / rate.requests * 1e6)
        self.rows.append(Row(title, rates, "/s", f"{statistics.median(cpu):,.0f} us CPU each"))

    def _each(self, method: str, names: Iterator[str]) -> NextRequest:
        def following(connection: int, last: bytes) -> bytes | None:
            name = next(names, None)
            if name is None:
                return None
            if method == "POST":
                return request_bytes("POST", CONFIG_MAPS, TOKEN, config_map(name))
            return request_bytes(method, f"{CONFIG_MAPS}/{name}", TOKEN)

        return following


async def measure_writes(bench: Bench) -> None:
    await bench.measure("create ConfigMap, 8 connections", bench.creates(CONFIG_MAPS, config_map), 8)
    await bench.measure("create Pod, 8 connections", bench.creates(PODS, lambda name: pod(name, 0)), 8)
    await bench.measure("update ConfigMap with compare-and-swap, 4 connections", compare_and_swap(), 4)
    turns = itertools.count()

    def patch_status(connection: int, last: bytes) -> bytes:
        turn = next(turns)
        body = orjson.dumps({"status": {"message": f"turn {turn}"}})
        path = f"{PODS}/pod-{turn % 1000:05d}/status"
        return request_bytes("PATCH", path, TOKEN, body, "application/merge-patch+json")

    await bench.measure("merge patch of a pod's status, 4 connections", patch_status, 4)
    await bench.measure_deletes("delete ConfigMap, 8 connections", round(1000 * bench.seconds))


async def measure_reads(bench: Bench, directory: Path, count: int) -> None:
    one = f"{PODS}/pod-00500"
    by_label = f"{PODS}?labelSelector=app%3Dapp-50"
    if count == 1000:
        await bench.measure("GET a pod, 1 connection", get(one), 1)
        await bench.measure("GET a pod, 32 connections", get(one), 32)
        with bare_handler((await bench.server.call("GET", one))[1], directory, bench.server) as bare:
            await bench.measure("  floor of GET: a bare handler", get("/"), 32, server=bare)
        await bench.measure("GET, not found, 32 connections", get(f"{PODS}/none"), 32, refused=True)
    await bench.measure(f"LIST {count:,} pods", get(PODS), 2)
    if count == MANY:
        await bench.measure(f"LIST {count:,} pods in chunks of {PAGE}", pages, 2, answers=count // PAGE)
        with bare_handler((await bench.server.call("GET", PODS))[1], directory, bench.server) as bare:
            await bench.measure(f"  floor of LIST {count:,}: a bare handler", get("/"), 2, server=bare)
        with bare_handler((await bench.server.call("GET", f"{PODS}?limit={PAGE}"))[1], directory, bench.server) as bare:
            title = f"  floor of LIST {count:,} in chunks: a bare handler"
            await bench.measure(title, get("/"), 2, server=bare, answers=count // PAGE)
    await bench.measure(f"LIST {count:,} pods as Table", get(PODS, TABLE), 2)
    await bench.measure(f"LIST by label, 10 of {count:,}", get(by_label), 8)


async def measure_watches(bench: Bench) -> None:
    for watchers in (1, 50, 200):
        title = f"watch, {watchers} watchers: events"
        if bench.wanted(title):
            runs = [await watch_run(bench.server, watchers, 1000 if watchers == 1 else 300) for _ in range(bench.runs)]
            late = statistics.median(run.p99_ms for run in runs)
            note = f"p99 {late:.1f} ms from the write's sending to its event"
            bench.rows.append(Row(title, [run.per_second for run in runs], "/s", note))


async def measure_store(bench: Bench, spec: str, directory: Path) -> None:
    """The floor of a write: compare-and-swaps of the same bytes, as many in flight, without a server."""
    title = "  floor of writes: compare-and-swaps on the store, 8 in flight"
    if not bench.wanted(title):
        return
    directory.mkdir()
    store = await open_store(spec, data_dir=directory)
    value, rates = config_map("floor"), []

    async def swap(key: str, end: float) -> int:
        done, revision = 0, await store.create(key, value)
        while time.perf_counter() < end:
            revision = await store.update(key, value, expected_revision=revision)
            done += 1
        return done

    for turn in range(bench.runs):
        end = time.perf_counter() + bench.seconds
        done = await asyncio.gather(*(swap(f"/bench/{time.time_ns()}-{turn}-{number}", end) for number in range(8)))
        rates.append(sum(done) / bench.seconds)
    await store.close()
    bench.rows.append(Row(title, rates, "/s"))


@contextmanager
def store_to_use(wish: str, directory: Path) -> Iterator[str]:
    """The spec of the store that ``--store`` names."""
    if wish != "etcd":
        yield wish
        return
    with etcd_member(directory / "etcd") as spec:
        yield spec


async def run(options: argparse.Namespace) -> list[Row]:
    with (
        data_directory() as directory,
        store_to_use(options.store, directory) as spec,
        api_server(spec, directory) as server,
    ):
        bench = Bench(server, quick=options.quick, only=options.only)
        await prepare(server)
        await server.call("POST", f"/apis/{RBAC}/clusterrolebindings", orjson.dumps(MAY_DO_ALL))
        bench.rows.append(Row("start to ready, from nothing", [server.ready_seconds], "s"))
        await fill(server, 1000)
        await measure_reads(bench, directory, 1000)
        await measure_writes(bench)
        await measure_store(bench, spec, directory / "floor")
        await measure_watches(bench)
        if any(bench.wanted(title) for title in (f"list {MANY:,} in chunks as Table", f"by label, 10 of {MANY:,}")):
            await server.call("DELETE", f"{PODS}?gracePeriodSeconds=0")
            await fill(server, MANY)
            await measure_reads(bench, directory, MANY)
        bench.rows.append(Row("memory of the API server after that", [server.memory_bytes() / (1 << 20)], "MiB"))
    if options.store == "sqlite" and bench.wanted("start memory"):
        bench.rows += await filled_rows(10_000 if options.quick else 100_000)
    return bench.rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, a smaller store")
    parser.add_argument("--only", default="", metavar="WORD", help="measure the rows whose title has this in it")
    parser.add_argument("--store", default="sqlite", help="sqlite, etcd (started here), or etcd=URL of one that runs")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows = runner.run(run(options))
    print_table(f"API server, store {options.store.partition('=')[0]}", rows)


if __name__ == "__main__":
    main()
