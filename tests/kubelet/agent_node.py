"""A whole kubelet over a real containerd, with an API in memory: the pods run, the machine's network reaches them.

The containerd shares the machine's mounts and network (volumes and probes need that), but has a directory, a bridge,
a range of addresses and a cgroup of its own; all of it is gone afterwards.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pybernetes.api.object import Json, format_time
from pybernetes.client.client import Client
from pybernetes.kubelet.agent import Agent, running
from pybernetes.kubelet.options import Options
from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.volumes.mounting import mount_points, unmount
from pybernetes.launcher.containerd import Containerd, Settings, kill_shims, oom_score_limited, start_containerd
from pybernetes.launcher.imagebuild import build_images, import_images
from pybernetes.network.cni import conflist, write_conflist
from tests.fakes.api import FakeAPI, Target

CACHE = Path(__file__).parents[2] / ".cache"
BUSYBOX = "busybox:1.36"
_numbers = itertools.count()
_REMOVE_TRIES = 10
_REMOVE_PAUSE_SECONDS = 0.3


class API(FakeAPI):
    """The API in memory, with service account tokens. `tokens` counts how many were given."""

    tokens = 0
    token_seconds = 3600

    def _post_subresource(self, target: Target, body: Json) -> Json:
        if target.subresource != "token":
            return super()._post_subresource(target, body)
        self.tokens += 1
        expires = format_time(self.clock.now() + timedelta(seconds=self.token_seconds))
        return {**body, "status": {"token": f"token-{self.tokens}", "expirationTimestamp": expires}}


@dataclass
class AgentNode:
    """The API, the runtime and the kubelet. `restart` kills the agent and starts another."""

    api: API
    runtime: Runtime
    containerd: Containerd
    options: Options
    cgroups: Cgroups
    directory: Path
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    agent: Agent | None = None
    kubelet_client: Client | None = None

    @property
    def client(self) -> Client:
        return self.api.client()

    async def start(self) -> None:
        self.agent = await self._stack.enter_async_context(running(self.kubelet_client or self.client, self.options))

    async def stop(self) -> None:
        """Cut the agent off wherever it is."""
        await self._stack.aclose()
        self._stack = AsyncExitStack()
        self.agent = None

    async def create(self, name: str, spec: Json, **metadata: Any) -> Json:
        """A pod that is assigned to the node."""
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", **metadata},
            "spec": {"nodeName": self.options.node_name, "enableServiceLinks": False, **spec},
        }
        return await self.client.create("pods", pod)

    def pod(self, name: str) -> Json | None:
        return self.api.get("pods", f"default/{name}")

    async def until(self, what: Callable[[], Any], seconds: float = 20.0, called: str = "") -> Any:
        """Wait for something that must come; the value that it gave."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = what()
            if value:
                return value
            await asyncio.sleep(0.02)
        raise AssertionError(f"{called or what} did not happen in {seconds} s; pods: {self.api.all('pods')}")

    async def until_pod(self, name: str, test: Callable[[Json], Any], seconds: float = 20.0) -> Json:
        """Wait until the pod's status passes; the pod."""

        def passes() -> Json | None:
            pod = self.pod(name)
            return pod if pod is not None and test(pod.get("status") or {}) else None

        return await self.until(passes, seconds, f"pod {name}")  # type: ignore[no-any-return]

    async def until_gone(self, name: str, seconds: float = 20.0) -> None:
        await self.until(lambda: self.pod(name) is None, seconds, f"end of pod {name}")

    def events(self, name: str) -> list[tuple[str, str]]:
        """(reason, message) of what was told of a pod, in order."""
        found = [event for event in self.api.all("events") if event["involvedObject"]["name"] == name]
        found.sort(key=lambda event: str(event["metadata"]["name"]))
        return [(event["reason"], event["message"]) for event in found]

    def log(self, name: str, container: str = "main", attempt: int = 0) -> str:
        """What a container has written, without the times."""
        files = list(self.options.log_dir.glob(f"default_{name}_*/{container}/{attempt}.log"))
        if not files:
            return ""
        return "".join(line.split(" ", 3)[3] for line in files[0].read_text().splitlines(keepends=True))

    async def left_behind(self) -> list[str]:
        """What there still is of any pod: to be empty when all are gone."""
        found = [f"sandbox {each.id}" for each in await self.runtime.list_pod_sandboxes()]
        found += [f"container {each.name}" for each in await self.runtime.list_containers()]
        found += [f"cgroup {uid}" for uid in self.cgroups.pod_uids()]
        found += [f"mount {point}" for point in mount_points(self.options.root)]
        found += [f"directory {each}" for each in self.options.paths.pods.iterdir()]
        return found + [f"logs {each}" for each in self.options.log_dir.iterdir()]


def running_status(status: Json) -> bool:
    """Whether every container of the app runs."""
    entries = status.get("containerStatuses") or ()
    return bool(entries) and all("running" in entry["state"] for entry in entries)


def ready(status: Json) -> bool:
    conditions = {each["type"]: each["status"] for each in status.get("conditions") or ()}
    return conditions.get("Ready") == "True"


def container_status(pod: Json, name: str = "main") -> Json:
    """A container's status, whatever its kind."""
    status = pod["status"]
    kinds = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
    return next(entry for kind in kinds for entry in status.get(kind) or () if entry["name"] == name)


def shell(script: str, **more: Any) -> Json:
    """A container that runs a script."""
    return {
        "name": "main",
        "image": BUSYBOX,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script],
        **more,
    }


def _require(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    assert not missing, f"this test needs {', '.join(missing)} installed"
    assert os.geteuid() == 0, "this test needs root"


@asynccontextmanager
async def agent_node(
    images: Sequence[str] = ("pause", "busybox"), *, kubelet_client: Client | None = None, **settings: Any
) -> AsyncIterator[AgentNode]:
    """A kubelet at work on a fresh containerd. `kubelet_client` reaches another API than the one in memory."""
    _require("containerd", "runc", "ctr", "ip", "apt-get")
    number = next(_numbers)
    name = f"pybk{os.getpid() % 100_000}x{number}"
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    containerd_settings = Settings(directory, directory / "cni", oom_score_limited=oom_score_limited())
    subnet = f"10.{214 + number % 2}.{os.getpid() % 250}.0/24"
    network = conflist([subnet], 1450, bridge=name, data_dir=str(directory / "ipam"))
    write_conflist(containerd_settings.cni_conf_dir, network)
    cgroups = Cgroups(f"/{name}")
    containerd = None
    try:
        containerd = await start_containerd(containerd_settings)
        wanted = [image for image in build_images(CACHE) if image.archive.stem in images]
        await import_images(containerd_settings.socket, wanted)
        options = Options(
            node_name="node-1",
            node_ips=["127.0.0.1"],
            runtime_endpoint=containerd.address,
            root=directory / "kubelet",
            log_dir=directory / "logs",
            address="127.0.0.1",
            port=0,
            healthz_port=0,
            cgroup_root=f"/{name}",
            cluster_dns=["10.96.0.10"],
        )
        async with Runtime(containerd.address) as runtime:
            node = AgentNode(API(), runtime, containerd, replace(options, **settings), cgroups, directory)
            node.kubelet_client = kubelet_client
            try:
                await node.start()
                yield node
            finally:
                await node.stop()
                await _remove_pods(runtime)
    finally:
        if containerd is not None:
            await containerd.stop()
        kill_shims(containerd_settings)
        await cgroups.remove_all()
        for point in mount_points(directory):
            unmount(point)
        _remove_bridge(name)
        shutil.rmtree(directory)


def _remove_bridge(name: str) -> None:
    """There is one only if a pod had a network."""
    subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)


async def _remove_pods(runtime: Runtime) -> None:
    """Again for a sandbox that containerd is still stopping for an agent that was ended amid the call."""
    for sandbox in await runtime.list_pod_sandboxes():
        for tries_left in reversed(range(_REMOVE_TRIES)):
            try:
                await runtime.stop_pod_sandbox(sandbox.id)
                await runtime.remove_pod_sandbox(sandbox.id)
                break
            except RuntimeFailure:
                if not tries_left:
                    raise
                await asyncio.sleep(_REMOVE_PAUSE_SECONDS)
