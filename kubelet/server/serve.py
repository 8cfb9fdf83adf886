"""The node API put together: certificate, authentication, routes and streams behind one port."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pybernetes.client.client import Client
from pybernetes.component.clock import Clock
from pybernetes.component.serving import Check
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
    certificate, key = options.tls_certificate, options.tls_key
    if certificate is None or key is None:
        certificate, key = self_signed(options.root / "pki", options.node_name, options.node_ips, clock.now())
    authenticator = Authenticator(client, clock)
    authorizer = Authorizer(client, options.node_name, clock)

    def find(namespace: str, name: str) -> PodRuntime | None:
        found = [worker for worker in workers.all() if worker.key == f"{namespace}/{name}"]
        return found[-1].record.runtime if found else None

    routes = Routes(workers, stats, authenticator, authorizer, checks, clock)
    streams = Streams(runtime, find, authenticator, authorizer)
    front = Front(routes.application(), streams.take, spawn)
    port = await front.listen(options.address, options.port, ssl_context(certificate, key, options.client_ca))
    try:
        yield port
    finally:
        await front.close()
