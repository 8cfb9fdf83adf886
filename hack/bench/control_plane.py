"""How fast a control plane is there, what it uses, and how many pods a second it binds on simulated nodes."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parent))
from clusters import Cluster, cluster
from table import Row, print_table

from pybernetes.api.object import Json
from pybernetes.client.client import Client
from pybernetes.client.https import connect

_AT_ONCE = 32


def simulated_node(number: int) -> Json:
    amounts = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    condition = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "simulated"}
    name = f"node-{number:04d}"
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"zone-{number % 3}"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {"capacity": amounts, "allocatable": amounts, "conditions": [condition]},
    }


def plain_pod(number: int) -> Json:
    resources = {"requests": {"cpu": "100m", "memory": "128Mi"}}
    container = {"name": "main", "image": "example.com/none:1", "resources": resources}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"pod-{number:05d}", "namespace": "default"},
        "spec": {"containers": [container]},
    }


async def all_of(work, count: int) -> None:
    """Run ``work(number)`` for all numbers, some at once."""
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await work(number)

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))


async def make_nodes(client: Client, count: int) -> None:
    async def make(number: int) -> None:
        node = simulated_node(number)
        await client.create("nodes", node)
        patch = {"status": node["status"]}
        await client.patch("nodes", node["metadata"]["name"], patch, subresource="status")

    await all_of(make, count)
    while any((node["spec"].get("taints")) for node in (await client.list("nodes"))["items"]):
        await asyncio.sleep(0.2)


async def bind_rate(client: Client, count: int) -> float:
    """Pods bound a second, from the first create to the last binding."""
    version = (await client.list("pods", "default"))["metadata"]["resourceVersion"]
    bound: set[str] = set()

    async def watch() -> None:
        async with client.watch("pods", "default", resource_version=version) as batches:
            async for batch in batches:
                bound.update(
                    event["object"]["metadata"]["name"]
                    for event in batch
                    if event["type"] == "MODIFIED" and event["object"]["spec"].get("nodeName")
                )
                if len(bound) >= count:
                    return

    watching = asyncio.create_task(watch())
    start = time.perf_counter()

    async def make(number: int) -> None:
        await client.create("pods", plain_pod(number))

    await all_of(make, count)
    async with asyncio.timeout(120):
        await watching
    elapsed = time.perf_counter() - start
    await all_of(lambda number: client.delete("pods", f"pod-{number:05d}", "default", grace_seconds=0), count)
    return count / elapsed


async def scheduling(found: Cluster, nodes: int, pods: int, runs: int) -> list[float]:
    async with connect(found.kubeconfig) as client:
        await make_nodes(client, nodes)
        return [await bind_rate(client, pods) for _ in range(runs)]


def idle(found: Cluster, seconds: float) -> list[Row]:
    """Memory, and CPU while nothing happens, of each process."""
    processes = found.processes()
    before = [process.cpu_seconds() for process in processes]
    time.sleep(seconds)
    rows = []
    for process, was in zip(processes, before, strict=True):
        share = 100 * (process.cpu_seconds() - was) / seconds
        rows.append(Row(f"{process.role}: memory", [process.memory_mib()], "MiB", f"{share:.2f} % of a core idle"))
    total_mib = sum(process.memory_mib() for process in processes)
    total = sum(process.cpu_seconds() - was for process, was in zip(processes, before, strict=True))
    rows.append(Row("all together: memory", [total_mib], "MiB", f"{100 * total / seconds:.2f} % of a core idle"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    options = parser.parse_args()
    runs = 3 if options.quick else 5
    rows, ready, command = [], [], []
    for _ in range(runs):
        with cluster("bench", "--control-plane-only") as found:
            ready.append(found.ready_seconds)
            command.append(found.command_seconds)
    rows.append(Row("pyctl up --control-plane-only: ready", ready, "s"))
    rows.append(Row("pyctl up --control-plane-only: the command", command, "s"))
    with cluster("bench", "--control-plane-only") as found:
        time.sleep(5)
        rows += idle(found, 10 if options.quick else 30)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rates = runner.run(scheduling(found, 1000, 1000, runs))
        rows.append(Row("1,000 pods bound on 1,000 simulated nodes", rates, "pods/s"))
    print_table("Control plane", rows)


if __name__ == "__main__":
    main()
