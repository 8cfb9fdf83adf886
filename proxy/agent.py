"""The proxy of one node: follows the API, keeps a `Proxier` for each address family, answers health checks.

    reflectors (Services, EndpointSlices, this Node)  →  trackers  →  proxiers  →  kernel
                                                                        └→ UDP flows, health check node ports

Objects are reduced to what rules need as they arrive, and only that is kept. Ending it, in any way, leaves the rules
in place; starting it writes nothing before it knows everything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from pybernetes.api.object import Json, annotations_of, key_of, labels_of, parse_time
from pybernetes.client.client import Client
from pybernetes.client.reflector import Changed, Reflector, Replaced
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.proxy import healthcheck, metrics, sysctl
from pybernetes.proxy.backend import BackendError, Target
from pybernetes.proxy.commands import Commands
from pybernetes.proxy.conntrack import FlowKeeper
from pybernetes.proxy.endpoints import Place
from pybernetes.proxy.healthcheck import ProxyHealth, ServiceHealth, ServiceHealthServers
from pybernetes.proxy.iptables.apply import IptablesBackend
from pybernetes.proxy.iptables.rules import Settings
from pybernetes.proxy.iptables.shared import needs_route_localnet
from pybernetes.proxy.node_addresses import internal_ips, local_addresses, nodeport_addresses
from pybernetes.proxy.options import ProxyOptions, split_address
from pybernetes.proxy.proxier import Proxier
from pybernetes.proxy.services import HEADLESS_LABEL, SERVICE_PROXY_NAME_LABEL, Family
from pybernetes.proxy.tracker import Tracker

log = logging.getLogger(__name__)

ZONE_LABEL = "topology.kubernetes.io/zone"
_TRIGGER_ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time"
_OURS = f"!{SERVICE_PROXY_NAME_LABEL},!{HEADLESS_LABEL}"


async def run(client: Client, options: ProxyOptions, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Serve until cancelled. Raises OSError when an address to serve on is taken, ValueError for bad options."""
    await Agent(client, options, clock).run()


async def cleanup(options: ProxyOptions) -> None:
    """Take out every rule that a proxy wrote. Raises `BackendError`."""
    commands = Commands(options.command_prefix)
    await IptablesBackend(Settings(family=4), commands).cleanup()
    try:
        await IptablesBackend(Settings(family=6), commands).cleanup()
    except BackendError as error:
        log.info("no IPv6 rules to clean up", extra={"error": str(error)})


@dataclass(frozen=True, slots=True)
class _Follow:
    """A resource to follow: whom to tell of a whole list, and of one object (None: it is gone)."""

    kind: str
    replaced: Callable[[list[Json]], None]
    changed: Callable[[str, Json | None], None]
    label_selector: str = ""
    field_selector: str = ""


class Agent:
    """One node's proxy."""

    def __init__(self, client: Client, options: ProxyOptions, clock: Clock = SYSTEM_CLOCK):
        self._client = client
        self._options = options
        self._clock = clock
        self._commands = Commands(options.command_prefix)
        self.health = ProxyHealth(clock, 2 * options.sync_period_seconds)
        self._servers = ServiceHealthServers(self.health)
        self._known = {kind: asyncio.Event() for kind in ("services", "endpointslices.discovery.k8s.io", "nodes")}
        self.lanes = [_Lane(family, options, self._commands, clock, self) for family in options.families]
        self.health.waits = [lane.proxier.waiting_seconds for lane in self.lanes]

    async def run(self) -> None:
        """Serve until cancelled."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._servers.close)
            await self._serve_http(stack)
            group = await stack.enter_async_context(asyncio.TaskGroup())
            for what in self._follows():
                group.create_task(self._follow(what), name=f"proxy follows {what.kind}")
            group.create_task(self._start_lanes(group), name="proxy waits for the first lists")

    async def _serve_http(self, stack: AsyncExitStack) -> None:
        options = self._options
        if options.healthz_bind_address:
            application = healthcheck.healthz_application(self.health)
            await stack.enter_async_context(
                healthcheck.serve(application, *split_address(options.healthz_bind_address))
            )
        if options.metrics_bind_address:
            application = healthcheck.metrics_application(
                self.health, options.proxy_mode, lambda: all(lane.proxier.synced.is_set() for lane in self.lanes)
            )
            await stack.enter_async_context(
                healthcheck.serve(application, *split_address(options.metrics_bind_address))
            )

    def _follows(self) -> list[_Follow]:
        this_node = f"metadata.name={self._options.node_name}"
        return [
            _Follow("services", self._services_are, self._service_is, label_selector=_OURS),
            _Follow("endpointslices.discovery.k8s.io", self._slices_are, self._slice_is, label_selector=_OURS),
            _Follow("nodes", self._nodes_are, self._node_is, field_selector=this_node),
        ]

    async def _follow(self, what: _Follow) -> None:
        reflector = Reflector(
            self._client,
            what.kind,
            label_selector=what.label_selector,
            field_selector=what.field_selector,
            clock=self._clock,
        )
        async for change in reflector.changes():
            match change:
                case Replaced(items):
                    what.replaced(items)
                    self._known[what.kind].set()
                case Changed(events):
                    for event in events:
                        obj: Json = event["object"]
                        what.changed(key_of(obj), None if event["type"] == "DELETED" else obj)

    async def _start_lanes(self, group: asyncio.TaskGroup) -> None:
        for known in self._known.values():
            await known.wait()
        for lane in self.lanes:
            await lane.choose_settings(self.health.node)
            group.create_task(lane.proxier.run(), name=f"proxy writes {lane.proxier.family}")

    def _services_are(self, services: list[Json]) -> None:
        for lane in self.lanes:
            lane.tracker.replace_services(services)
            lane.nudge_if_dirty()

    def _service_is(self, key: str, service: Json | None) -> None:
        for lane in self.lanes:
            if lane.tracker.service_is(key, service):
                metrics.SERVICE_CHANGES.labels(lane.proxier.family).inc()
                metrics.SERVICE_CHANGES_PENDING.labels(lane.proxier.family).inc()
                lane.proxier.nudge()

    def _slices_are(self, slices: list[Json]) -> None:
        for lane in self.lanes:
            lane.tracker.replace_slices(slices)
            lane.nudge_if_dirty()

    def _slice_is(self, key: str, obj: Json | None) -> None:
        for lane in self.lanes:
            if lane.tracker.slice_is(key, obj):
                metrics.ENDPOINT_CHANGES.labels(lane.proxier.family).inc()
                metrics.ENDPOINT_CHANGES_PENDING.labels(lane.proxier.family).inc()
                lane.proxier.nudge(triggered_at=_trigger_time(obj))

    def _nodes_are(self, nodes: list[Json]) -> None:
        self._node_is("", nodes[0] if nodes else None)

    def _node_is(self, key: str, node: Json | None) -> None:
        """A heartbeat changes nothing here; a new zone or address does."""
        self.health.node = node
        place = Place(self._options.node_name, labels_of(node or {}).get(ZONE_LABEL, ""))
        for lane in self.lanes:
            lane.tracker.place_is(place)
            lane.node_is(node)
            lane.nudge_if_dirty()

    async def local_health_changed(self) -> None:
        """Tell load balancers how many endpoints are here now."""
        tracker = self.lanes[0].tracker
        ports = {t.port.service: t.port.health_check_node_port for t in tracker.targets.values()}
        wanted = {
            service: ServiceHealth(port, sum(lane.tracker.local_endpoints(service) for lane in self.lanes))
            for service, port in ports.items()
            if port
        }
        self.health.updated_at = self._clock.now()
        await self._servers.replace(wanted)


class _Lane:
    """What belongs to one address family."""

    def __init__(self, family: Family, options: ProxyOptions, commands: Commands, clock: Clock, agent: Agent):
        self._options = options
        self._commands = commands
        self._agent = agent
        self._local: frozenset[str] = frozenset()
        self.tracker = Tracker(family, Place(options.node_name))
        self.backend = IptablesBackend(self._settings(), commands)
        self._flows = FlowKeeper(family, commands)
        self.proxier = Proxier(
            self.tracker,
            self.backend,
            clock=clock,
            min_sync_seconds=options.min_sync_period_seconds,
            sync_seconds=options.sync_period_seconds,
            after_write=self._after_write,
        )

    def _settings(self) -> Settings:
        options, family = self._options, self.tracker.family
        return Settings(
            family=family,
            cluster_cidr=options.cluster_cidr_of(family),
            masquerade_all=options.masquerade_all,
            localhost_nodeports=options.localhost_nodeports,
        )

    async def choose_settings(self, node: Json | None) -> None:
        """Find out what the machine and its Node object say, before anything is written."""
        await self._find_local_addresses(node)
        if self._options.manage_kernel_settings:
            settings = sysctl.wanted_settings(
                route_localnet=needs_route_localnet(self.backend.settings), cores=sysctl.cores()
            )
            written = sysctl.apply_settings(settings)
            if written:
                log.info("kernel settings changed", extra={"settings": written})

    async def _find_local_addresses(self, node: Json | None) -> None:
        self._local = frozenset(await local_addresses(self.tracker.family, self._commands))
        self.node_is(node)

    def node_is(self, node: Json | None) -> None:
        """What the Node object says of its addresses is now so; new rules follow if they depend on it."""
        family = self.tracker.family
        node_ips = internal_ips(node, family)
        served = nodeport_addresses(self._options.nodeport_addresses, family, sorted(self._local), node_ips)
        settings = replace(self.backend.settings, node_ips=node_ips, nodeport_ips=served)
        if settings != self.backend.settings:
            self.backend.settings = settings
            self.proxier.need_whole()

    def nudge_if_dirty(self) -> None:
        if self.tracker.dirty:
            self.proxier.nudge()

    async def _after_write(self, changes: Mapping[str, Target | None] | None) -> None:
        for table, count in self.backend.rule_counts().items():
            metrics.RULES.labels(table, self.proxier.family).set(count)
        self._count_no_local_endpoints()
        if changes is None:  # so an address that the machine got since is known within the hour
            await self._find_local_addresses(self._agent.health.node)
        if changes is None or any(target is None or target.port.protocol == "udp" for target in changes.values()):
            await self._flows.forget_stale(self.tracker.targets.values(), self._local)
        await self._agent.local_health_changed()

    def _count_no_local_endpoints(self) -> None:
        stranded = [target for target in self.tracker.targets.values() if not target.routes.local]
        for policy, count in (
            ("internal", sum(target.port.internal_local for target in stranded)),
            ("external", sum(target.port.external_local for target in stranded)),
        ):
            metrics.NO_LOCAL_ENDPOINTS.labels(self.proxier.family, policy).set(count)


def _trigger_time(obj: Json | None) -> datetime | None:
    """When the change behind a slice happened, as its controller noted."""
    text = annotations_of(obj or {}).get(_TRIGGER_ANNOTATION)
    try:
        return parse_time(text) if text else None
    except ValueError:
        return None
