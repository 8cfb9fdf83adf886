"""How long a pod takes to start on a real node, beside what the container runtime alone takes for the same pod.

Both in one run, in turns, with the image present: a pod made through the API until a watcher sees it running, and
sandbox, container and start asked of a containerd directly. Needs root.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import cri
from clusters import cluster
from table import Row, print_table

from pybernetes.api.object import Json
from pybernetes.client.client import Client
from pybernetes.client.https import connect
from pybernetes.kubelet.runtime.resources import CgroupLimits
from pybernetes.kubelet.runtime.types import NamespaceMode

_IMAGE = "docker.io/library/busybox:1.36"


def pod(name: str) -> Json:
    container = {"name": "c", "image": _IMAGE, "command": ["sleep", "86400"], "imagePullPolicy": "IfNotPresent"}
    spec = {"containers": [container], "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


async def through_the_api(client: Client, name: str) -> float:
    """Seconds from the create to the event that shows the pod running."""
    version = (await client.list("pods", "default"))["metadata"]["resourceVersion"]
    selector = f"metadata.name={name}"
    watching = client.watch("pods", "default", resource_version=version, field_selector=selector)
    async with asyncio.timeout(60), watching as batches:
        start = time.perf_counter()
        await client.create("pods", pod(name))
        async for batch in batches:
            if any((event["object"].get("status") or {}).get("phase") == "Running" for event in batch):
                return time.perf_counter() - start
    raise SystemExit(f"the watch of {name} ended")


async def wait_for_image(client: Client) -> None:
    """Until the node has the image: a cluster imports what it was built with in the background."""
    async with asyncio.timeout(120):
        await through_the_api(client, "warm-up")


async def measure(kubeconfig: Path, count: int) -> tuple[list[float], list[float]]:
    ours, bare = [], []
    async with connect(kubeconfig) as client, cri.node() as (runtime, cgroups, directory):
        cgroups.setup(CgroupLimits(1024))
        await wait_for_image(client)
        for number in range(count):
            ours.append(await through_the_api(client, f"bench-{number}"))
            steps = await cri.start_pod(runtime, cgroups, directory, number, NamespaceMode.POD)
            bare.append(sum(steps))
            await client.delete("pods", f"bench-{number}", "default", grace_seconds=0)
        await cri.remove_pods(runtime, cgroups)
    return ours, bare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pods")
    options = parser.parse_args()
    with cluster("bench-pods") as found:
        ours, bare = asyncio.run(measure(found.kubeconfig, 5 if options.quick else 20))
        ready = found.ready_seconds
    ratio = statistics.median(ours) / statistics.median(bare)
    rows = [
        Row("pyctl up, one node: ready", [ready], "s"),
        Row("a pod through the API, until seen running", [1000 * each for each in ours], "ms", f"{ratio:.2f} x bare"),
        Row("the same pod by CRI alone", [1000 * each for each in bare], "ms"),
    ]
    print_table("Pods on a real node", rows)


if __name__ == "__main__":
    main()
