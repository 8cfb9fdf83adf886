"""Health and metrics of a component over HTTP: /healthz, /livez, /readyz and /metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from pybernetes.component.health_checks import Check, answer_all


def health_application(
    *, live: Mapping[str, Check], ready: Mapping[str, Check], registry: CollectorRegistry = REGISTRY
) -> web.Application:
    """The four paths. `ready` is what /readyz checks besides what `live` does."""

    def handler(checks: Mapping[str, Check], name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            exclude = request.query.getall("exclude", [])
            answered = await answer_all(name, checks, verbose="verbose" in request.query, exclude=exclude)
            return web.Response(text=answered.text, status=answered.status)

        return answer

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.router.add_get("/healthz", handler(live, "healthz"))
    application.router.add_get("/livez", handler(live, "livez"))
    application.router.add_get("/readyz", handler({**live, **ready}, "readyz"))
    application.router.add_get("/metrics", metrics)
    return application


@asynccontextmanager
async def serve_health(
    address: str,
    port: int,
    *,
    live: Mapping[str, Check] | None = None,
    ready: Mapping[str, Check] | None = None,
    registry: CollectorRegistry = REGISTRY,
) -> AsyncIterator[int]:
    """Serve the four paths while the context is open; gives the port (useful with port 0)."""
    runner = web.AppRunner(health_application(live=live or {}, ready=ready or {}, registry=registry), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address, port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
