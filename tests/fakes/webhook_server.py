"""A real webhook: an HTTPS server on this machine, with a CA of its own, that answers as the test says."""

from __future__ import annotations

import base64
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from pybernetes.api.object import Json
from pybernetes.apiserver.pki.ca import CertificateAuthority, create_ca
from pybernetes.apiserver.pki.certificates import issue, server_profile

Answer = Callable[[Json], Any]


class WebhookServer:
    """`reviews` are the questions it was asked. `answer` gets the request of one and gives the response."""

    def __init__(self, ca: CertificateAuthority, answer: Answer):
        self.ca, self.answer, self.port = ca, answer, 0
        self.reviews: list[Json] = []
        self.paths: list[str] = []

    @property
    def ca_bundle(self) -> str:
        return base64.b64encode(self.ca.certificate_pem).decode()

    @property
    def client_config(self) -> Json:
        return {"url": f"https://127.0.0.1:{self.port}/hook", "caBundle": self.ca_bundle}

    @property
    def requests(self) -> list[Json]:
        return [review["request"] for review in self.reviews]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        review = orjson.loads(await request.read())
        self.reviews.append(review)
        self.paths.append(request.path_qs)
        response = self.answer(review.get("request"))
        if isawaitable(response):
            response = await response
        if isinstance(response, web.StreamResponse):
            return response
        if "response" not in response:
            response = {
                "apiVersion": review["apiVersion"],
                "kind": "AdmissionReview",
                "response": {"uid": review["request"]["uid"], **response},
            }
        return web.json_response(response)


def patch(*operations: Json) -> Json:
    """The part of a response that changes the object."""
    return {"allowed": True, "patchType": "JSONPatch", "patch": base64.b64encode(orjson.dumps(operations)).decode()}


@asynccontextmanager
async def webhook_server(
    directory: Path,
    answer: Answer = lambda request: {"allowed": True},
    *,
    dns_names: Iterable[str] = (),
    ip_addresses: Iterable[str] = ("127.0.0.1",),
    age: timedelta = timedelta(),
) -> AsyncIterator[WebhookServer]:
    """A server that listens on any port of 127.0.0.1. `age` is how long ago its certificate was issued."""
    now = datetime.now(UTC) - age
    ca = create_ca("webhook-ca", now=now)
    pair = issue(ca, server_profile("webhook", dns_names=dns_names, ip_addresses=ip_addresses), now=now)
    files = directory / f"webhook-{id(ca)}.crt", directory / f"webhook-{id(ca)}.key"
    files[0].write_bytes(pair.certificate_pem)
    files[1].write_bytes(pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server = WebhookServer(ca, answer)
    runner = web.ServerRunner(web.Server(server.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
