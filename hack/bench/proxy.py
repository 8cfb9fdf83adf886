#!/usr/bin/env python3
"""Milliseconds that iptables rules of many services take, through the proxy's own code, in a network namespace.

    hack/bench/proxy.py [100 1000 5000] [--variant nft|legacy] [--runs 3]

Every service has a cluster IP and two endpoints. "first" starts from nothing, "full" writes everything again over what
is there, as after a restart; then one change each: an endpoint that goes, a service that comes, one that goes; "look"
is the check that rules are still there. Each is the median of several runs; "loop" is the CPU time of this process
for the change of an endpoint, without iptables' own. Needs root, ip and iptables.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pybernetes.proxy.commands import Commands
from pybernetes.proxy.endpoints import Place
from pybernetes.proxy.iptables.apply import IptablesBackend
from pybernetes.proxy.iptables.rules import Settings
from pybernetes.proxy.tracker import Tracker

PROGRAMS = ("iptables", "iptables-save", "iptables-restore")


def service(number: int) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "bench", "name": f"s{number}"},
        "spec": {"clusterIP": f"10.{96 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}", "ports": [PORT]},
    }


PORT = {"name": "http", "port": 80, "protocol": "TCP"}


def slice_of(number: int, endpoints: int = 2) -> dict[str, Any]:
    addresses = [f"10.{200 + each}.{number // 250}.{number % 250 + 1}" for each in range(endpoints)]
    return {
        "metadata": {
            "namespace": "bench",
            "name": f"s{number}-1",
            "labels": {"kubernetes.io/service-name": f"s{number}"},
        },
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address]} for address in addresses],
    }


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


async def measure(count: int, commands: Commands) -> dict[str, float]:
    """One run; the rules are taken out again at its end."""
    tracker = Tracker(4, Place("bench"))
    tracker.replace_services([service(number) for number in range(count)])
    tracker.replace_slices([slice_of(number) for number in range(count)])
    tracker.take()
    backend = IptablesBackend(Settings(cluster_cidr="10.200.0.0/14"), commands)
    took = {}
    try:
        took["first"] = await timed(lambda: backend.replace(tracker.targets))
        took["full"] = await timed(lambda: backend.replace(tracker.targets))
        cpu = time.process_time()
        tracker.slice_is("bench/s7-1", slice_of(7, endpoints=1))
        took["endpoint goes"] = await timed(lambda: backend.update(tracker.take()))
        took["loop"] = (time.process_time() - cpu) * 1000
        tracker.service_is(f"bench/s{count}", service(count))
        tracker.slice_is(f"bench/s{count}-1", slice_of(count))
        took["service comes"] = await timed(lambda: backend.update(tracker.take()))
        tracker.service_is(f"bench/s{count // 2}", None)
        took["service goes"] = await timed(lambda: backend.update(tracker.take()))
        took["look"] = await timed(backend.intact)
    finally:
        await backend.cleanup()
    return took


def commands_for(namespace: str, variant: str, folder: Path) -> Commands:
    """Commands in the namespace that find this variant's programs under the plain names."""
    if variant:
        for program in PROGRAMS:
            first, _, rest = program.partition("-")
            found = shutil.which(f"{first}-{variant}" + (f"-{rest}" if rest else ""))
            if found is None:
                raise SystemExit(f"no iptables-{variant} on this machine")
            (folder / program).symlink_to(found)
    path = f"PATH={folder}:{os.environ['PATH']}"
    return Commands(("ip", "netns", "exec", namespace, "env", path))


async def measure_all(counts: list[int], runs: int, commands: Commands) -> None:
    for count in counts:
        found = [await measure(count, commands) for _ in range(runs)]
        medians = {name: statistics.median(run[name] for run in found) for name in found[0]}
        print(f"{count:>6} services: " + ", ".join(f"{name} {ms:.0f}" for name, ms in medians.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", nargs="*", type=int, default=[100, 1000, 5000])
    parser.add_argument("--variant", choices=("nft", "legacy"), default="")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    namespace = f"pyb-bench-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    try:
        with tempfile.TemporaryDirectory(prefix="pybernetes-bench-") as folder:
            commands = commands_for(namespace, options.variant, Path(folder))
            asyncio.run(measure_all(options.counts, options.runs, commands))
    finally:
        subprocess.run(["ip", "netns", "del", namespace], check=True)


if __name__ == "__main__":
    main()
