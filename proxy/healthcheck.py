"""What others ask of a proxy over HTTP.

- A load balancer asks a service's healthCheckNodePort whether this node has an endpoint of it (200 or 503).
- It, or a kubelet, asks /healthz whether the proxy keeps up and the node is to stay; /livez asks only the former.
- Prometheus asks /metrics; people ask /proxyMode.

Counterpart: kube-proxy's pkg/proxy/healthcheck.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
from aiohttp import web

from pybernetes.api.object import Json, is_deleting, split_key
from pybernetes.component.clock import Clock
from pybernetes.component.serving import health_application
from pybernetes.proxy import metrics

log = logging.getLogger(__name__)

_LEAVING_TAINT = "ToBeDeletedByClusterAutoscaler"


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """What the balancer of one Service is told at `port`."""

    port: int
    local_endpoints: int


def is_eligible(node: Json | None) -> bool:
    """Whether a load balancer should send to the node: not when it is about to go."""
    if node is None:
        return True
    taints = (node.get("spec") or {}).get("taints") or ()
    return not is_deleting(node) and all(taint.get("key") != _LEAVING_TAINT for taint in taints)


class ProxyHealth:
    """Whether the proxy keeps up: nothing waits to be written for longer than two periods."""

    def __init__(self, clock: Clock, limit_seconds: float):
        self._clock = clock
        self._limit_seconds = limit_seconds
        self.waits: list[Callable[[], float]] = []
        self.node: Json | None = None
        self.updated_at = clock.now()

    def healthy(self) -> bool:
        return all(wait() < self._limit_seconds for wait in self.waits)

    def answer(self, *, with_node: bool) -> tuple[int, bytes]:
        """(HTTP status, body) of /healthz or, without the node, /livez."""
        healthy, eligible = self.healthy(), is_eligible(self.node)
        now = self._clock.now()
        body: Json = {"lastUpdated": str(now if healthy else self.updated_at), "currentTime": str(now)}
        if with_node:
            body["nodeEligible"] = eligible
        return (200 if healthy and (eligible or not with_node) else 503), orjson.dumps(body)


def service_answer(service: str, health: ServiceHealth, *, healthy: bool) -> tuple[int, bytes]:
    """(HTTP status, body) of a service's health check node port."""
    namespace, name = split_key(service)
    body = {
        "service": {"namespace": namespace, "name": name},
        "localEndpoints": health.local_endpoints,
        "serviceProxyHealthy": healthy,
    }
    return (200 if health.local_endpoints and healthy else 503), orjson.dumps(body)


class ServiceHealthServers:
    """A small server at each healthCheckNodePort."""

    def __init__(self, proxy: ProxyHealth):
        self._proxy = proxy
        self._wanted: Mapping[str, ServiceHealth] = {}
        self._runners: dict[tuple[str, int], web.AppRunner] = {}

    async def replace(self, wanted: Mapping[str, ServiceHealth]) -> None:
        """Serve exactly these, by ``namespace/name``. A port that is taken is logged and tried again next time."""
        self._wanted = wanted
        places = {(service, health.port) for service, health in wanted.items()}
        for place in [place for place in self._runners if place not in places]:
            await self._runners.pop(place).cleanup()
        for service, port in sorted(places - self._runners.keys()):
            try:
                self._runners[service, port] = await _start(self._application(service), "0.0.0.0", port)
            except OSError as error:
                facts = {"service": service, "port": port, "error": str(error)}
                log.error("health check node port cannot be served", extra=facts)

    def _application(self, service: str) -> web.Application:
        async def answer(request: web.Request) -> web.Response:
            health = self._wanted.get(service, ServiceHealth(0, 0))
            status, body = service_answer(service, health, healthy=self._proxy.healthy())
            headers = {
                "X-Content-Type-Options": "nosniff",
                "X-Load-Balancing-Endpoint-Weight": str(health.local_endpoints),
            }
            return web.Response(status=status, body=body, content_type="application/json", headers=headers)

        application = web.Application()
        application.router.add_get("/{tail:.*}", answer)
        return application

    async def close(self) -> None:
        await self.replace({})


def healthz_application(proxy: ProxyHealth) -> web.Application:
    """/healthz and /livez."""

    def handler(*, with_node: bool) -> Callable[[web.Request], object]:
        counter = metrics.HEALTHZ if with_node else metrics.LIVEZ

        async def answer(request: web.Request) -> web.Response:
            status, body = proxy.answer(with_node=with_node)
            counter.labels(str(status)).inc()
            headers = {"X-Content-Type-Options": "nosniff"}
            return web.Response(status=status, body=body, content_type="application/json", headers=headers)

        return answer

    application = web.Application()
    application.router.add_route("GET", "/healthz", handler(with_node=True))  # type: ignore[arg-type]
    application.router.add_route("GET", "/livez", handler(with_node=False))  # type: ignore[arg-type]
    return application


def metrics_application(proxy: ProxyHealth, mode: str, synced: Callable[[], bool]) -> web.Application:
    """/metrics, /proxyMode, and the health paths that every component has."""

    async def check_proxy() -> None:
        if not proxy.healthy():
            raise RuntimeError("changes wait to be written for too long")

    async def check_synced() -> None:
        if not synced():
            raise RuntimeError("rules have not been written yet")

    async def proxy_mode(request: web.Request) -> web.Response:
        return web.Response(text=mode)

    application = health_application(live={"proxy": check_proxy}, ready={"rules": check_synced})
    application.router.add_get("/proxyMode", proxy_mode)
    return application


async def _start(application: web.Application, host: str, port: int) -> web.AppRunner:
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner


@asynccontextmanager
async def serve(application: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the context is open; gives the port (useful with port 0). Raises OSError."""
    runner = await _start(application, host, port)
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
