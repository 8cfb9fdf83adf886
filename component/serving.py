"""Health and metrics of a component over HTTP: /healthz, /livez, /readyz and /metrics.

A check is an async function that returns when all is well and raises, with the reason, when it is not. Checks are
run on every request; ``?verbose`` lists them as Kubernetes does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

Check = Callable[[], Awaitable[None]]
_CHECK_SECONDS = 5.0


async def run_checks(checks: Mapping[str, Check]) -> tuple[bool, str]:
    """Whether all checks pass, and a line for each as ``/healthz?verbose`` prints them."""
    lines, healthy = [], True
    for name, check in checks.items():
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await check()
            lines.append(f"[+]{name} ok")
        except Exception as error:
            healthy = False
            lines.append(f"[-]{name} failed: {error or type(error).__name__}")
    return healthy, "\n".join(lines)


def health_application(
    *, live: Mapping[str, Check], ready: Mapping[str, Check], registry: CollectorRegistry = REGISTRY
) -> web.Application:
    """The four paths. `ready` is what /readyz checks besides what `live` does."""

    def handler(checks: Mapping[str, Check], name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            healthy, text = await run_checks(checks)
            if healthy and "verbose" not in request.query:
                return web.Response(text="ok")
            verdict = f"{name} check {'passed' if healthy else 'failed'}"
            return web.Response(text=f"{text}\n{verdict}\n", status=200 if healthy else 500)

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
