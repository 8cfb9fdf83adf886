"""The API server over the network: TLS, a client certificate or a bearer token, connections kept open.

A token that comes from a file is read again when the file changes, since tokens are rotated under us.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from yarl import URL

from pybernetes.client import kubeconfig
from pybernetes.client.client import Client, error_from
from pybernetes.client.kubeconfig import Credentials
from pybernetes.client.transport import Response, TransportError

_CONNECT_SECONDS = 5.0
_REQUEST_SECONDS = 60.0
_CONNECTIONS = 100
_CHUNK_BYTES = 1 << 16


def ssl_context(credentials: Credentials) -> ssl.SSLContext:
    """A context that trusts the cluster's CA alone and shows our certificate."""
    context = ssl.create_default_context(cadata=credentials.ca.decode() or None)
    if credentials.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if credentials.client_certificate:
        with tempfile.NamedTemporaryFile(prefix="pybernetes-") as file:  # ssl reads keys from files only
            os.fchmod(file.fileno(), 0o600)
            file.write(credentials.client_certificate + b"\n" + credentials.client_key)
            file.flush()
            context.load_cert_chain(file.name)
    return context


async def _sent_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a PUT or DELETE again when a kept connection breaks.

    The server may have done it: the second is then turned down, and our own write looks like somebody else's.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if request.method in ("PUT", "DELETE"):
            raise TransportError(f"{request.method} {request.url}: {error or type(error).__name__}") from error
        raise


class HTTPSTransport:
    """A `Transport` over aiohttp."""

    def __init__(self, credentials: Credentials):
        self._base = credentials.server.rstrip("/")
        self._token = credentials.token
        self._token_file = Path(credentials.token_file) if credentials.token_file else None
        self._token_mtime_ns = 0
        tls = ssl_context(credentials) if self._base.startswith("https:") else False
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=0, limit_per_host=_CONNECTIONS, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=_REQUEST_SECONDS, sock_connect=_CONNECT_SECONDS),
            auto_decompress=True,
            middlewares=(_sent_once,),
        )
        # Watches hold a connection each for as long as they last: they must not use up those that requests need.
        self._streams = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            auto_decompress=True,
        )
        self._server_hostname = credentials.tls_server_name or None

    def _url(self, path: str, query: Mapping[str, str] | None) -> URL:
        return URL(self._base + path, encoded="%" in path).with_query(query or None)

    def _headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        result = {"accept": "application/json", **(headers or {})}
        if self._token_file is not None:
            self._refresh_token(self._token_file)
        if self._token:
            result["authorization"] = f"Bearer {self._token}"
        return result

    def _refresh_token(self, file: Path) -> None:
        changed = file.stat().st_mtime_ns
        if changed != self._token_mtime_ns:
            self._token, self._token_mtime_ns = file.read_text().strip(), changed

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        try:
            async with self._session.request(
                method,
                self._url(path, query),
                data=body,
                headers=self._headers(headers),
                server_hostname=self._server_hostname,
            ) as answer:
                content = await answer.read()
                return Response(answer.status, content, {k.lower(): v for k, v in answer.headers.items()})
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise TransportError(f"{method} {self._base}{path}: {error or type(error).__name__}") from error

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            async with self._streams.get(
                self._url(path, query),
                headers=self._headers(headers),
                server_hostname=self._server_hostname,
            ) as answer:
                if answer.status != 200:
                    raise error_from(Response(answer.status, await answer.read()))
                yield answer.content.iter_any()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise TransportError(f"GET {self._base}{path}: {error or type(error).__name__}") from error

    async def close(self) -> None:
        await self._session.close()
        await self._streams.close()


@asynccontextmanager
async def connect(path: str | Path, *, context: str = "", user_agent: str = "pybernetes") -> AsyncIterator[Client]:
    """A client for what a kubeconfig says, closed at the end. Raises `KubeconfigError`."""
    transport = HTTPSTransport(kubeconfig.load(Path(path), context))
    try:
        yield Client(transport, user_agent=user_agent)
    finally:
        await transport.close()
