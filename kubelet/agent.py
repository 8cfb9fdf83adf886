"""The node agent as a whole: what is made from what, and where events go.

    API: pods of this node ──informer──┐
    files: static pods ────────────────┼→ PodWorkers → PodSync → runtime, volumes, status
    runtime: PLEG ─────────────────────┤
    probes, config maps, secrets ──────┘

Start-up: the runtime is listed first, so that every pod the API then shows meets what already runs; once the API's
list is in, pods that only the runtime (or a directory, or a cgroup) knows are ended and cleared away. All tasks
belong to one group: a fault that no loop expects ends the agent, and containers run on until it is started again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from pybernetes.api.core.pod_conditions import is_terminal
from pybernetes.api.core.pod_resources import CPU, MEMORY, amounts
from pybernetes.api.object import Json, uid_of
from pybernetes.client.client import Client
from pybernetes.client.events import EventRecorder
from pybernetes.client.informer import Informer
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.component.health_checks import Check
from pybernetes.component.serving import serve_health
from pybernetes.kubelet.admission import Rejection, admit
from pybernetes.kubelet.container_config import NodeLimits
from pybernetes.kubelet.container_killer import ContainerKiller
from pybernetes.kubelet.container_resources import burstable_shares
from pybernetes.kubelet.container_starter import ContainerStarter, NodeSettings
from pybernetes.kubelet.dns import ClusterDNS, parse_resolv_conf
from pybernetes.kubelet.field_refs import NodeFacts
from pybernetes.kubelet.housekeeping import Housekeeping
from pybernetes.kubelet.http_get import HTTPGetter
from pybernetes.kubelet.image_manager import ImageManager
from pybernetes.kubelet.lifecycle import Hooks
from pybernetes.kubelet.machine import disk_of, read_machine
from pybernetes.kubelet.maintenance import Maintenance
from pybernetes.kubelet.mirror_pods import MirrorPods
from pybernetes.kubelet.node_lease import NodeLease
from pybernetes.kubelet.node_object import allocatable
from pybernetes.kubelet.node_status import NodeStatus
from pybernetes.kubelet.object_cache import ObjectCache
from pybernetes.kubelet.options import SAFE_SYSCTLS, Options
from pybernetes.kubelet.owned_tasks import spawner
from pybernetes.kubelet.pleg import PodLifecycleEvents
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_resize import PodResize
from pybernetes.kubelet.pod_spec import is_mirror, is_static
from pybernetes.kubelet.pod_sync import Hands, PodSync
from pybernetes.kubelet.pod_workers import PodWorkers
from pybernetes.kubelet.probes.handlers import Prober
from pybernetes.kubelet.probes.manager import ProbeManager
from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime.resources import CgroupLimits, milli_cpu_to_shares
from pybernetes.kubelet.runtime_status import PodRuntime
from pybernetes.kubelet.runtime_view import RuntimeView
from pybernetes.kubelet.server.serve import serve
from pybernetes.kubelet.server.stats import Stats
from pybernetes.kubelet.static_pods import StaticPods
from pybernetes.kubelet.status_manager import StatusManager
from pybernetes.kubelet.token_manager import TokenManager
from pybernetes.kubelet.volume_images import VolumeImages
from pybernetes.kubelet.volumes.manager import VolumeManager
from pybernetes.kubelet.volumes.plugin import Context

log = logging.getLogger(__name__)

_RUNTIME_RETRY_SECONDS = 1.0


class Agent:
    """One node's kubelet, wired. `start` brings it to life."""

    def __init__(
        self,
        client: Client,
        options: Options,
        runtime: Runtime,
        http: HTTPGetter,
        group: asyncio.TaskGroup,
        clock: Clock,
    ):
        self.client, self.options, self.runtime, self.clock = client, options, runtime, clock
        self._group = group
        self.port = options.port
        self.machine = read_machine()
        self.cgroups = Cgroups(options.cgroup_root, clock=clock)
        spawn = spawner(group)
        self.recorder = EventRecorder(client, "kubelet", options.node_name, clock=clock)
        self.events = PodEvents(self.recorder)
        self.statuses = StatusManager(client, clock)
        self.view = RuntimeView(runtime)
        self.pleg = PodLifecycleEvents(self.view, clock, self._runtime_changed)
        self.objects = ObjectCache(client, clock, spawn, self._woken)
        self.tokens = TokenManager(client, clock)
        self.probes = ProbeManager(Prober(runtime, http), self.events, clock, spawn, self._woken)
        self.node = NodeStatus(
            client, runtime, options, self.machine, clock, check=self.pleg.check_health, pressures=self._pressures
        )
        self.pods = Informer(client, "pods", field_selector=f"spec.nodeName={options.node_name}", clock=clock)
        self.services = Informer(client, "services", clock=clock)
        self.workers = PodWorkers(PodSync(self._hands(http)), clock, spawn, self._admit)
        self.maintenance = Maintenance(runtime, self.cgroups, self.workers, self.events, options, clock)
        self.maintenance.on_pressure = self.node.report_soon
        self.housekeeping = Housekeeping(self.view, self.pleg, self.workers, self.volumes, self.cgroups, clock)
        self.static = StaticPods(
            options.manifest_dir,
            options.node_name,
            clock,
            appeared=self._static_appeared,
            vanished=self.workers.deleted,
        )
        self.mirrors = MirrorPods(
            client, self.static.pods, self.statuses, spawn, node=lambda: self.node.node, in_api=self.pods.get
        )

    def _hands(self, http: HTTPGetter) -> Hands:
        options, clock, runtime = self.options, self.clock, self.runtime
        facts = NodeFacts(options.node_name, options.node_ips, self._allocatable())
        hooks = Hooks(runtime, http, clock)
        limits = NodeLimits(self.machine.memory_bytes, self.cgroups.version)
        settings = NodeSettings(facts, limits, options.cluster_domain)
        images = self.images = ImageManager(
            runtime, self.events, clock, self._secret, parallel_pulls=options.parallel_pulls
        )
        context = Context(self.objects, self.tokens, VolumeImages(images, runtime), facts)
        volumes = self.volumes = VolumeManager(options.paths, context)
        starter = ContainerStarter(
            runtime, hooks, self.events, self.objects, volumes, self._services_for, options.paths, settings
        )
        resizer = PodResize(
            runtime,
            self.cgroups,
            self.events,
            allocatable=facts.allocatable or {},
            node_memory_bytes=self.machine.memory_bytes,
            pod_pids_limit=options.pod_pids_limit,
            others=self._others,
        )
        return Hands(
            client=self.client,
            runtime=runtime,
            view=self.view,
            cgroups=self.cgroups,
            images=images,
            volumes=volumes,
            objects=self.objects,
            tokens=self.tokens,
            starter=starter,
            killer=ContainerKiller(runtime, hooks, self.events, clock),
            resizer=resizer,
            probes=self.probes,
            statuses=self.statuses,
            events=self.events,
            paths=options.paths,
            dns=_cluster_dns(options),
            clock=clock,
            host_ips=options.node_ips,
            pod_pids_limit=options.pod_pids_limit,
            look=self.pleg.look,
            network_ready=self.node.network_ready,
        )

    def _allocatable(self) -> dict[str, str]:
        return allocatable(self.options, self.machine, disk_of(self.options.root).capacity_bytes)

    async def _secret(self, namespace: str, name: str) -> Json | None:
        return await self.objects.get("secrets", namespace, name)

    async def _services_for(self, pod: Json) -> Iterable[Json]:
        """All services. A static pod may be what serves the API: it does not wait for it."""
        if not is_static(pod):
            await self.services.wait_synced()
        return self.services.items()

    # ---- what happens

    def _pressures(self) -> tuple[bool, bool, bool]:
        return self.maintenance.pressures()

    def _static_appeared(self, pod: Json) -> None:
        uid = uid_of(pod)
        self.objects.register(pod)
        self.workers.update(pod, None if uid in self.pleg.pods else PodRuntime(uid))

    def _pod_seen(self, pod: Json) -> None:
        if is_mirror(pod):
            self.mirrors.seen(pod)
            return
        self.statuses.observe(pod)
        uid = uid_of(pod)
        if self.workers.get(uid) is None or not is_terminal(pod):
            self.objects.register(pod)
        known = None if uid in self.pleg.pods else PodRuntime(uid)
        self.workers.update(pod, known)
        self._share_cpu()

    def _pod_gone(self, pod: Json) -> None:
        uid = uid_of(pod)
        if is_mirror(pod):
            self.mirrors.gone(pod)
            return
        self.statuses.forget(uid)
        self.objects.unregister(uid)
        self.workers.deleted(uid)
        self._share_cpu()

    def _share_cpu(self) -> None:
        """Burstable pods together weigh what they request together."""
        shares = burstable_shares(self.workers.active_pods())
        if shares != self._burstable_shares:
            self._burstable_shares = shares
            self.cgroups.set_burstable_shares(shares)

    _burstable_shares = -1

    def _runtime_changed(self, uid: str) -> None:
        if not self.workers.changed(uid) and self.pods.has_synced and uid in self.pleg.pods:
            self.housekeeping.look_soon()

    def _woken(self, uid: str) -> None:
        self.workers.wake(uid)

    def _others(self, pod: Json) -> list[Json]:
        """The pods that hold something of the node beside this one."""
        uid = uid_of(pod)
        return [
            worker.record.pod
            for worker in self.workers.all()
            if worker.record.uid != uid and worker.record.admitted and not worker.has_stopped
        ]

    def _admit(self, pod: Json) -> Rejection | None:
        """Whether the node takes a pod; an event tells when it does not."""
        others = self._others(pod)
        allowed = frozenset((*SAFE_SYSCTLS, *self.options.allowed_sysctls))
        node = {**self.node.node, "status": {"allocatable": self._allocatable()}}
        rejection = admit(pod, others, node, allowed)
        if rejection is not None:
            self.events.warning(pod, rejection.reason, rejection.message)
        return rejection

    # ---- life

    async def start(self) -> None:
        """Start everything; returns when the agent is at work. What was started lives in the agent's group."""
        group = self._group
        self._prepare_directories()
        await self._first_listing()
        group.create_task(self.recorder.run(), name="events")
        group.create_task(self.statuses.run(), name="pod status")
        group.create_task(self.services.run(), name="services")
        group.create_task(self.pleg.run(), name="pleg")
        await self._serve(group)
        self.static.scan()
        if self.options.register_node:
            await self.node.register()
        group.create_task(self.node.informer.run(), name="node")
        await self.node.informer.wait_synced()
        group.create_task(NodeLease(self.client, self.options.node_name, self.clock).run(), name="node lease")
        self.pods.add_handler(self._pod_seen, lambda pod, _: self._pod_seen(pod), self._pod_gone)
        group.create_task(self.pods.run(), name="pods")
        await self.pods.wait_synced()
        for name, work in (
            ("static pods", self.static.run(self.mirrors.keep)),
            ("container garbage", self.maintenance.run_container_gc()),
            ("image garbage", self.maintenance.run_image_gc()),
            ("log rotation", self.maintenance.run_logs()),
            ("eviction", self.maintenance.run_eviction()),
            ("node status", self.node.run()),
            ("housekeeping", self.housekeeping.run()),
        ):
            group.create_task(work, name=name)

    async def _serve(self, group: asyncio.TaskGroup) -> None:
        """Serve the node API and health; returns when the port is known."""
        listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        checks: dict[str, Check] = {"pleg": self.pleg.check_health, "runtime": self._check_runtime}
        stats = Stats(self.runtime, self.cgroups, self.options, self.machine, self.clock)

        async def node_api() -> None:
            opened = serve(
                self.client, self.runtime, self.workers, stats, self.options, checks, spawner(group), self.clock
            )
            async with opened as port:
                listening.set_result(port)
                await asyncio.Event().wait()

        async def health() -> None:
            async with serve_health(self.options.healthz_address, self.options.healthz_port, live=checks):
                await asyncio.Event().wait()

        server = group.create_task(node_api(), name="node API")
        if self.options.healthz_port:
            group.create_task(health(), name="health")
        await asyncio.wait((server, listening), return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            await server  # raises why it could not listen
        self.node.port = self.port = listening.result()

    async def _check_runtime(self) -> None:
        """Raises RuntimeFailure when the runtime does not answer."""
        await self.runtime.version()

    def _prepare_directories(self) -> None:
        for directory in (self.options.paths.pods, self.options.log_dir, self.options.paths.seccomp):
            directory.mkdir(parents=True, exist_ok=True)
        granted = amounts(self._allocatable())
        memory = granted[MEMORY] + self.options.eviction_memory_bytes
        self.cgroups.setup(CgroupLimits(cpu_shares=milli_cpu_to_shares(granted[CPU]), memory_bytes=memory))

    async def _first_listing(self) -> None:
        """Learn what runs already; without the runtime there is nothing to begin with."""
        while True:
            try:
                await self.pleg.relist()
            except RuntimeFailure as error:
                log.warning("waiting for the container runtime", extra={"error": str(error)})
                await self.clock.sleep(_RUNTIME_RETRY_SECONDS)
            else:
                return


def _cluster_dns(options: Options) -> ClusterDNS:
    try:
        host = parse_resolv_conf(Path(options.resolv_conf).read_text()) if options.resolv_conf else None
    except OSError as error:
        log.warning("no resolver configuration", extra={"file": options.resolv_conf, "error": error.strerror})
        host = None
    found = ClusterDNS(options.cluster_dns, options.cluster_domain)
    return found if host is None else ClusterDNS(options.cluster_dns, options.cluster_domain, host)


async def run(client: Client, options: Options, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Be the kubelet of one node until cancelled. Containers run on afterwards."""
    async with Runtime(options.runtime_endpoint) as runtime, HTTPGetter() as http, asyncio.TaskGroup() as group:
        await Agent(client, options, runtime, http, group, clock).start()


@asynccontextmanager
async def running(client: Client, options: Options, *, clock: Clock = SYSTEM_CLOCK) -> AsyncIterator[Agent]:
    """A kubelet at work while the context is open. What ends it before is raised when the context closes."""
    at_work: asyncio.Future[Agent] = asyncio.get_running_loop().create_future()

    async def life() -> None:
        async with Runtime(options.runtime_endpoint) as runtime, HTTPGetter() as http, asyncio.TaskGroup() as group:
            agent = Agent(client, options, runtime, http, group, clock)
            await agent.start()
            at_work.set_result(agent)

    task = asyncio.create_task(life(), name=f"kubelet {options.node_name}")
    try:
        await asyncio.wait((asyncio.ensure_future(task), at_work), return_when=asyncio.FIRST_COMPLETED)
        if not at_work.done():
            await task
        yield at_work.result()
    finally:
        stopped = not task.done()
        task.cancel()
        await asyncio.wait({task})
        if not stopped and not task.cancelled() and task.exception() is not None:
            raise task.exception()  # type: ignore[misc]
