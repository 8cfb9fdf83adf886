#!/usr/bin/env python3
"""Writes a second through the store's asyncio interface, for both makes, on this machine.

    hack/bench/store.py [sqlite] [etcd] [--runs 5] [--seconds 1.5] [--dir DIR] [--uvloop]

Each figure is the median of several runs of compare-and-swap updates of 2 KB values, 1 and 64 in flight over 1,000
keys, with one watcher that takes every event. "loop us" is the CPU time of the event loop's thread for each write,
the watcher's and the benchmark's own share included. etcd is Debian's, one member on loopback, its data beside
SQLite's. The floor that the disk sets is printed first: appending 4 KB and fdatasync, one at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from etcd_process import etcd_member

from pybernetes.apiserver.storage.interface import Store
from pybernetes.apiserver.storage.open import open_store

VALUE = os.urandom(2048)
KEYS = 1000


def disk_floor_us(folder: Path) -> float:
    """Microseconds that an appended page takes to be durable."""
    path = folder / "floor"
    with path.open("wb") as file:
        file.write(bytes(4 << 20))
        file.flush()
        os.fsync(file.fileno())
        started = time.perf_counter()
        for i in range(500):
            os.pwrite(file.fileno(), VALUE * 2, i * 4096)
            os.fdatasync(file.fileno())
        return (time.perf_counter() - started) / 500 * 1e6


async def measure(store: Store, in_flight: int, seconds: float) -> tuple[float, float]:
    """(writes a second, microseconds of loop CPU a write)."""
    names = [f"/registry/configmaps/bench/{in_flight}-{time.time_ns()}-{i}" for i in range(KEYS)]
    revisions = dict(zip(names, await asyncio.gather(*(store.create(n, VALUE) for n in names)), strict=True))
    watch = store.watch("/registry/configmaps/", after_revision=await store.current_revision())
    seen = 0

    async def take() -> None:
        nonlocal seen
        async for batch in watch:
            seen += len(batch.events)

    async def write(worker: int) -> int:
        mine, done = names[worker::in_flight], 0
        while time.perf_counter() < until:
            name = mine[done % len(mine)]
            revisions[name] = await store.update(name, VALUE, expected_revision=revisions[name])
            done += 1
        return done

    taker = asyncio.create_task(take())
    await asyncio.sleep(0.05)
    started, cpu = time.perf_counter(), time.thread_time()
    until = started + seconds
    total = sum(await asyncio.gather(*(write(i) for i in range(in_flight))))
    elapsed, cpu = time.perf_counter() - started, time.thread_time() - cpu
    for _ in range(100):
        if seen >= total:
            break
        await asyncio.sleep(0.05)
    taker.cancel()
    await watch.aclose()
    if seen != total:
        raise SystemExit(f"{total} writes but {seen} events")
    return total / elapsed, cpu / total * 1e6


async def bench(make: str, folder: Path, runs: int, seconds: float) -> None:
    if make == "sqlite":
        await report(make, f"sqlite:{folder / 'bench.db'}", folder, runs, seconds)
        return
    with etcd_member(folder / "etcd") as spec:
        await report(make, spec, folder, runs, seconds)


async def report(make: str, spec: str, folder: Path, runs: int, seconds: float) -> None:
    store = await open_store(spec, data_dir=folder)
    try:
        for in_flight in (1, 64):
            results = [await measure(store, in_flight, seconds) for _ in range(runs)]
            rate, cpu = (statistics.median(column) for column in zip(*results, strict=True))
            low, high = min(r for r, _ in results), max(r for r, _ in results)
            print(f"{make:7} {in_flight:3} in flight {rate:8,.0f}/s ({low:,.0f} to {high:,.0f}) {cpu:6.1f} loop us")
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("makes", nargs="*", default=["sqlite", "etcd"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--dir", default=None)
    parser.add_argument("--uvloop", action="store_true")
    options = parser.parse_args()
    if options.uvloop:
        import uvloop

        factory = uvloop.new_event_loop
    else:
        factory = asyncio.new_event_loop
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        print(f"disk: {disk_floor_us(Path(folder)):.0f} us to make 4 KB durable")
        for make in options.makes:
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(bench(make, Path(folder), options.runs, options.seconds))


if __name__ == "__main__":
    main()
