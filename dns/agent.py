"""The DNS server of a cluster: follows the API, serves names, and keeps itself in the cluster's DNS Service.

    reflectors (Services, EndpointSlices, Namespaces, pods if verified) → index → resolver → server ⇄ clients
                                                                            forwarder ⇄ upstream ┘

It serves from the start: other names at once, the cluster's as soon as everything was listed once (until then
SERVFAIL, which clients try again). It is published only then, and taken out before it stops serving.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import web

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, key_of
from pybernetes.client.client import Client
from pybernetes.client.reflector import Changed, Reflector, Replaced
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.component.serving import health_application
from pybernetes.dns import wire
from pybernetes.dns.metrics import Stats, registry_of
from pybernetes.dns.options import DNSOptions, split_address
from pybernetes.dns.publish import Ports, Publisher
from pybernetes.dns.records import Index
from pybernetes.dns.resolv_conf import DNS_PORT, Upstream, without_own
from pybernetes.dns.resolver import Resolver
from pybernetes.dns.server import Server
from pybernetes.dns.upstream import Forwarder

log = logging.getLogger(__name__)

_WITHDRAW_SECONDS = 5.0


async def run(client: Client, options: DNSOptions, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Serve until cancelled. Raises OSError when an address is taken or not there, ValueError for bad options."""
    await Agent(client, options, clock).run()


@dataclass(frozen=True, slots=True)
class _Follow:
    """A resource to follow: whom to tell of a whole list, and of one object (None: it is gone)."""

    kind: str
    replaced: Callable[[list[Json]], None]
    changed: Callable[[str, Json | None], bool]
    field_selector: str = ""


class Agent:
    """One server."""

    def __init__(self, client: Client, options: DNSOptions, clock: Clock = SYSTEM_CLOCK):
        self._client = client
        self._options = options
        self._clock = clock
        self.started = asyncio.Event()
        self.port = options.port
        self.http_port = 0
        self.stats = Stats(f"dns://:{options.port}")
        self.index = Index(options.cluster_domain, pods=options.pods)
        self.index.server_addresses = self._named_addresses()
        self.resolver = Resolver(self.index, self.stats)
        self.forwarder = Forwarder(self._upstreams(), clock=clock, stats=self.stats)
        self._follows = self._what_to_follow()
        self._known = {what.kind: asyncio.Event() for what in self._follows}

    def _named_addresses(self) -> tuple[str, ...]:
        """What ``ns.dns.ZONE`` resolves to."""
        if self._options.publish_address:
            return (self._options.cluster_dns,)
        return tuple(address for address in self._options.listen_addresses if address not in ("0.0.0.0", "::"))

    def _upstreams(self) -> list[Upstream]:
        options = self._options
        own = [Upstream(address, options.port) for address in options.listen_addresses]
        if options.publish_address:
            own += [Upstream(options.publish_address, options.port), Upstream(options.cluster_dns, DNS_PORT)]
        chosen = without_own(options.upstreams, own)
        if len(chosen) < len(options.upstreams):
            log.warning("upstreams that are this server itself are left out")
        return chosen

    def _what_to_follow(self) -> list[_Follow]:
        index = self.index
        follows = [
            _Follow("services", index.replace_services, index.service_is),
            _Follow("endpointslices.discovery.k8s.io", index.replace_slices, index.slice_is),
            _Follow("namespaces", index.replace_namespaces, index.namespace_is),
        ]
        if self._options.pods == "verified":
            with_address = "status.phase!=Succeeded,status.phase!=Failed"
            follows.append(_Follow("pods", index.replace_pods, index.pod_is, with_address))
        return follows

    async def run(self) -> None:
        """Serve until cancelled."""
        async with AsyncExitStack() as stack:
            await self._serve(stack)
            publisher = self._publisher()
            if publisher is not None:
                stack.push_async_callback(self._withdraw, publisher)
            self.started.set()
            async with asyncio.TaskGroup() as group:
                for what in self._follows:
                    group.create_task(self._follow(what), name=f"dns follows {what.kind}")
                group.create_task(self._become_ready(publisher), name="dns publishes itself")
                group.create_task(self._look_for_loop(), name="dns looks for a loop")

    async def _serve(self, stack: AsyncExitStack) -> None:
        server = Server(self.resolver, self.forwarder, self.stats)
        for address in self._options.listen_addresses:
            self.port = await stack.enter_async_context(server.serving(address, self.port))
        if self._options.metrics_bind_address:
            host, port = split_address(self._options.metrics_bind_address)
            runner = web.AppRunner(self._http_application(), access_log=None)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, host, port).start()
            self.http_port = int(runner.addresses[0][1])

    def _http_application(self) -> web.Application:
        """CoreDNS's /health, /ready and /metrics, and the paths that every component of ours has."""

        async def check_ready() -> None:
            if not self.resolver.ready:
                raise RuntimeError("the cluster's names are not known yet")

        async def health(request: web.Request) -> web.Response:
            return web.Response(text="OK")

        async def ready(request: web.Request) -> web.Response:
            if self.resolver.ready:
                return web.Response(text="OK")
            return web.Response(status=503, text="kubernetes")

        application = health_application(live={}, ready={"kubernetes": check_ready}, registry=registry_of(self.stats))
        application.router.add_get("/health", health)
        application.router.add_get("/ready", ready)
        return application

    async def _follow(self, what: _Follow) -> None:
        reflector = Reflector(self._client, what.kind, field_selector=what.field_selector, clock=self._clock)
        async for change in reflector.changes():
            match change:
                case Replaced(items):
                    what.replaced(items)
                    self._known[what.kind].set()
                case Changed(events):
                    for event in events:
                        obj: Json = event["object"]
                        what.changed(key_of(obj), None if event["type"] == "DELETED" else obj)

    async def _become_ready(self, publisher: Publisher | None) -> None:
        for known in self._known.values():
            await known.wait()
        self.resolver.ready = True
        log.info("the cluster's names are served", extra={"zone": self.index.zone, "port": self.port})
        if publisher is not None:
            await publisher.run()

    def _publisher(self) -> Publisher | None:
        if not self._options.publish_address:
            return None
        host = split_address(self._options.metrics_bind_address)[0] if self._options.metrics_bind_address else ""
        reachable = host in ("0.0.0.0", "::", self._options.publish_address)
        ports = Ports(self.port, self.http_port if reachable else 0)
        return Publisher(self._client, self._options, ports, self._clock)

    async def _withdraw(self, publisher: Publisher) -> None:
        """Leave the Service, then go on serving until proxies have noticed."""
        try:
            async with asyncio.timeout(_WITHDRAW_SECONDS):
                await publisher.withdraw()
        except (APIError, TransportError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            log.warning("not taken out of the Service, others will when the lease ends", extra={"error": reason})
            return
        await self._clock.sleep(self._options.lameduck_seconds)

    async def _look_for_loop(self) -> None:
        """Forward nothing when what is forwarded comes back here."""
        name = wire.encode_name(f"{random.getrandbits(62)}.{random.getrandbits(62)}")
        self.resolver.probe_name = name
        await self.forwarder.probe(name)
        if self.resolver.probe_seen:
            self.forwarder.looping = True
            facts = {"upstreams": [str(upstream) for upstream in self.forwarder.upstreams]}
            log.error("upstream asks this server in turn: other names are refused", extra=facts)
