"""The node API put together: certificate, authentication, routes and streams behind one port."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pybernetes.client.client import Client
from pybernetes.component.clock import Clock
from pybernetes.component.health_checks import Check
from pybernetes.kubelet.options import Options
from pybernetes.kubelet.owned_tasks import Spawn
from pybernetes.kubelet.pod_workers import PodWorkers
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime_status import PodRuntime
from pybernetes.kubelet.server.authentication import Authenticator
from pybernetes.kubelet.server.authorization import Authorizer
from pybernetes.kubelet.server.certificate import self_signed
from pybernetes.kubelet.server.front import Front
from pybernetes.kubelet.server.routes import Routes
from pybernetes.kubelet.server.stats import Stats
from pybernetes.kubelet.server.streams import Streams

log = logging.getLogger(__name__)

RELOAD_SECONDS = 60.0


def ssl_context(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    """Our certificate; client certificates are asked for, and believed if the CA has signed them."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


@asynccontextmanager
async def serve(
    client: Client,
    runtime: Runtime,
    workers: PodWorkers,
    stats: Stats,
    options: Options,
    checks: dict[str, Check],
    spawn: Spawn,
    clock: Clock,
) -> AsyncIterator[int]:
    """Serve the node API while the context is open; gives the port. Raises OSError, ssl.SSLError."""
    certificate, key = _certificate(options, clock)
    authenticator = Authenticator(client, clock)
    authorizer = Authorizer(client, options.node_name, clock)

    def find(namespace: str, name: str) -> PodRuntime | None:
        found = [worker for worker in workers.all() if worker.key == f"{namespace}/{name}"]
        return found[-1].record.runtime if found else None

    routes = Routes(workers, stats, authenticator, authorizer, checks, clock)
    streams = Streams(runtime, find, authenticator, authorizer)
    front = Front(routes.application(), streams.take, spawn)
    context = ssl_context(certificate, key, options.client_ca)
    port = await front.listen(options.address, options.port, context)
    reloading = spawn(_reload(context, options, clock), name="serving certificate")
    try:
        yield port
    finally:
        reloading.cancel()
        await front.close()


def _certificate(options: Options, clock: Clock) -> tuple[Path, Path]:
    """The certificate and key to serve with: those we were given, or our own."""
    if options.tls_certificate is not None and options.tls_key is not None:
        return options.tls_certificate, options.tls_key
    return self_signed(options.root / "pki", options.node_name, options.node_ips, clock.now())


async def _reload(context: ssl.SSLContext, options: Options, clock: Clock) -> None:
    """Take a renewed certificate into use: connections made from then on show it."""
    shown = _certificate(options, clock)[0].stat().st_mtime_ns
    while True:
        await clock.sleep(RELOAD_SECONDS)
        try:
            certificate, key = _certificate(options, clock)
            found = certificate.stat().st_mtime_ns
            if found != shown:
                context.load_cert_chain(certificate, key)
                shown = found
        except (OSError, ssl.SSLError) as error:  # half replaced: whole at the next look
            log.warning("serving certificate not reloaded", extra={"error": str(error)})
