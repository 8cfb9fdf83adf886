"""HTTPS to a real server in this process: trust, tokens that change, streams, errors."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pybernetes.api.errors import APIError
from pybernetes.client import kubeconfig
from pybernetes.client.client import Client
from pybernetes.client.https import HTTPSTransport, connect
from pybernetes.client.kubeconfig import Credentials
from pybernetes.client.transport import TransportError


def _certificate(name: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return built.public_bytes(pem), private


class Server:
    """Notes the tokens that it is shown."""

    def __init__(self) -> None:
        self.tokens: list[str | None] = []
        self.port = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers.get("authorization"))
        if "watch" in request.query:
            if request.query.get("labelSelector"):
                return web.json_response({"kind": "Status", "reason": "Forbidden", "message": "no"}, status=403)
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(b'{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n')
            request.transport.abort()  # type: ignore[union-attr]
            return response
        return web.json_response({"metadata": {"name": "a"}, "path": request.path_qs})


@asynccontextmanager
async def serving(certificate: tuple[bytes, bytes], folder: Path) -> AsyncIterator[Server]:
    server = Server()
    pem = folder / "server.pem"
    pem.write_bytes(b"".join(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0, ssl_context=context).start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def certificate() -> tuple[bytes, bytes]:
    return _certificate("server")


async def test_a_token_from_a_file_follows_the_file(certificate: tuple[bytes, bytes], tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("one\n")
    async with serving(certificate, tmp_path) as server:
        url = f"https://localhost:{server.port}"
        transport = HTTPSTransport(Credentials(server=url, ca=certificate[0], token_file=str(token)))
        client = Client(transport)
        await client.get("nodes", "a")
        token.write_text("two\n")
        os.utime(token, ns=(1, 10**18))
        await client.get("nodes", "a")
        await transport.close()
    assert server.tokens == ["Bearer one", "Bearer two"]


async def test_another_authority_is_not_trusted(certificate: tuple[bytes, bytes], tmp_path: Path) -> None:
    async with serving(certificate, tmp_path) as server:
        other, _ = _certificate("other")
        transport = HTTPSTransport(Credentials(server=f"https://localhost:{server.port}", ca=other))
        with pytest.raises(TransportError, match="certificate verify failed"):
            await Client(transport).get("nodes", "a")
        await transport.close()
    assert server.tokens == []


async def test_connect_by_kubeconfig(certificate: tuple[bytes, bytes], tmp_path: Path) -> None:
    async with serving(certificate, tmp_path) as server:
        credentials = Credentials(server=f"https://localhost:{server.port}", ca=certificate[0], token="secret")
        file = tmp_path / "config"
        kubeconfig.write(file, kubeconfig.build("test", credentials))
        async with connect(file) as client:
            found = await client.list("pods", "n", label_selector="a in (b,c)", field_selector="spec.nodeName=x y")
    assert found["path"].startswith("/api/v1/namespaces/n/pods?")
    assert server.tokens == ["Bearer secret"]


async def test_a_stream_that_breaks_is_a_transport_error(certificate: tuple[bytes, bytes], tmp_path: Path) -> None:
    async with serving(certificate, tmp_path) as server:
        transport = HTTPSTransport(Credentials(server=f"https://localhost:{server.port}", ca=certificate[0]))
        client, seen = Client(transport), []
        with pytest.raises(TransportError):
            async with client.watch("pods", resource_version="1") as batches:
                async for batch in batches:
                    seen += batch
        assert [event["object"]["metadata"]["name"] for event in seen] == ["a"]
        with pytest.raises(APIError, match="no"):
            async with client.watch("pods", resource_version="1", label_selector="a") as batches:
                pass
        await transport.close()


async def test_a_server_that_is_not_there() -> None:
    transport = HTTPSTransport(Credentials(server="https://127.0.0.1:1", insecure=True))
    with pytest.raises(TransportError, match=r"GET https://127\.0\.0\.1:1/api/v1/nodes/a"):
        await Client(transport).get("nodes", "a")
    await transport.close()
