#!/usr/bin/env python3
"""What the container runtime alone takes for a pod: the floor under every figure of ours that starts one.

    hack/bench/cri.py [--pods 30] [--together 8] [--network host]

Starts a containerd of its own (in a network and a mount namespace of its own, removed afterwards) and, through
pybernetes.kubelet.runtime, runs pods of one busybox container: RunPodSandbox, CreateContainer, StartContainer; then
stops and removes them. Medians of one at a time, then pods a second with several at once. Needs root.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.resources import CgroupLimits, QOSClass
from pybernetes.kubelet.runtime.types import (
    ContainerConfig,
    NamespaceMode,
    Namespaces,
    SandboxConfig,
    SandboxSecurity,
)
from pybernetes.launcher.containerd import Settings, kill_shims, oom_score_limited, start_containerd
from pybernetes.launcher.imagebuild import build_images, import_images
from pybernetes.network.cni import conflist, write_conflist

STEPS = ("cgroup", "sandbox", "create", "start")


@asynccontextmanager
async def node() -> AsyncIterator[tuple[Runtime, Cgroups, Path]]:
    """A containerd with the images, that leaves nothing behind."""
    name = f"pyb-b{os.getpid()}"
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    subprocess.run(["ip", "netns", "add", name], check=True)  # noqa: ASYNC221
    cgroups = Cgroups(f"/{name}")
    settings = Settings(directory, directory / "cni", oom_score_limited=oom_score_limited())
    write_conflist(settings.cni_conf_dir, conflist(["10.214.0.0/16"], 1450, data_dir=str(directory / "ipam")))
    try:
        started = time.perf_counter()
        containerd = await start_containerd(settings, ["nsenter", f"--net=/run/netns/{name}", "unshare", "--mount"])
        milliseconds = 1000 * (time.perf_counter() - started)
        print(f"containerd ready      {milliseconds:6.0f} ms, {rss_mib(containerd.process.pid):.0f} MiB")
        try:
            images = build_images(Path(__file__).parents[2] / ".cache")
            started = time.perf_counter()
            await import_images(settings.socket, images)
            print(f"{len(images)} images imported     {1000 * (time.perf_counter() - started):6.0f} ms")
            async with Runtime(containerd.address) as runtime:
                yield runtime, cgroups, directory
        finally:
            await containerd.stop()
    finally:
        kill_shims(settings)
        await cgroups.remove_all()
        subprocess.run(["ip", "netns", "del", name], check=True)  # noqa: ASYNC221
        shutil.rmtree(directory)


def rss_mib(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def start_pod(runtime: Runtime, cgroups: Cgroups, logs: Path, number: int, mode: NamespaceMode) -> list[float]:
    """Run one pod; the seconds of each step."""
    marks = [time.perf_counter()]
    uid = f"bench-{number}"
    sandbox = SandboxConfig(
        name=uid,
        uid=uid,
        namespace="bench",
        hostname="" if mode is NamespaceMode.NODE else uid,
        log_directory=str(logs / uid),
        cgroup_parent=cgroups.create_pod(uid, QOSClass.BURSTABLE, CgroupLimits(102)),
        security=SandboxSecurity(namespaces=Namespaces(network=mode)),
    )
    marks.append(time.perf_counter())
    sandbox_id = await runtime.run_pod_sandbox(sandbox)
    marks.append(time.perf_counter())
    config = ContainerConfig("c", "docker.io/library/busybox:1.36", command=("sleep", "86400"), log_path="c/0.log")
    container_id = await runtime.create_container(sandbox_id, config, sandbox)
    marks.append(time.perf_counter())
    await runtime.start_container(container_id)
    marks.append(time.perf_counter())
    return [after - before for before, after in itertools.pairwise(marks)]


async def remove_pods(runtime: Runtime, cgroups: Cgroups) -> float:
    """Stop and remove all pods, one at a time; the seconds of one."""
    sandboxes = await runtime.list_pod_sandboxes()
    started = time.perf_counter()
    for sandbox in sandboxes:
        await runtime.stop_pod_sandbox(sandbox.id)
        await runtime.remove_pod_sandbox(sandbox.id)
        await cgroups.remove_pod(sandbox.uid)
    return (time.perf_counter() - started) / max(len(sandboxes), 1)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--pods", type=int, default=30)
    parser.add_argument("--together", type=int, default=8)
    parser.add_argument("--network", choices=["pod", "host"], default="pod")
    arguments = parser.parse_args()
    mode = NamespaceMode.POD if arguments.network == "pod" else NamespaceMode.NODE
    async with node() as (runtime, cgroups, directory):
        cgroups.setup(CgroupLimits(1024))
        runs = [await start_pod(runtime, cgroups, directory, i, mode) for i in range(arguments.pods)]
        for step, seconds in zip(STEPS, zip(*runs, strict=True), strict=True):
            print(f"{step:20}  {1000 * statistics.median(seconds):6.1f} ms")
        print(f"{'a pod, all steps':20}  {1000 * statistics.median(sum(run) for run in runs):6.1f} ms")
        await listing(runtime)
        print(f"{'stop and remove':20}  {1000 * await remove_pods(runtime, cgroups):6.1f} ms")

        limit = asyncio.Semaphore(arguments.together)

        async def one(number: int) -> None:
            async with limit:
                await start_pod(runtime, cgroups, directory, number, mode)

        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(arguments.pods):
                group.create_task(one(1000 + number), name=f"pod {number}")
        rate = arguments.pods / (time.perf_counter() - started)
        print(f"{arguments.together} at once             {rate:6.1f} pods a second")
        await remove_pods(runtime, cgroups)


async def listing(runtime: Runtime) -> None:
    """What one relist of the pod lifecycle generator takes."""
    seconds = []
    for _ in range(20):
        started = time.perf_counter()
        await runtime.list_pod_sandboxes()
        containers = await runtime.list_containers()
        seconds.append(time.perf_counter() - started)
    print(f"relist of {len(containers):3} pods      {1000 * statistics.median(seconds):6.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
