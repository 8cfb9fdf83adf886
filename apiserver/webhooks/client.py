"""Posts a JSON document to a webhook and reads the JSON document that comes back.

Connections are kept and shared by all webhooks of one address and one CA bundle. A service's host name is never looked
up: it is resolved to an endpoint of the service each time a connection is made, while TLS asks for the name
``<service>.<namespace>.svc``. Every wait is within the time that the caller gives.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver, ResolveResult

from pybernetes.api.errors import APIError
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.service_address import service_address
from pybernetes.apiserver.webhooks.answers import is_success, refusal_text
from pybernetes.apiserver.webhooks.target import Target
from pybernetes.apiserver.webhooks.trust import client_context, why_untrusted

MAX_ANSWER_BYTES = 16 << 20
_MAX_CONNECTIONS = 512
_KEEPALIVE_SECONDS = 90.0
_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, */*",
    "User-Agent": "kube-apiserver-admission",
}
_ERRNO_TEXTS = {
    errno.ECONNREFUSED: "connect: connection refused",
    errno.EHOSTUNREACH: "connect: no route to host",
    errno.ENETUNREACH: "connect: network is unreachable",
    errno.ECONNRESET: "read: connection reset by peer",
    errno.ETIMEDOUT: "connect: connection timed out",
}


class CallFailed(Exception):
    """The webhook gave no usable answer; the text says why, in Kubernetes' words. `code` is that of its answer."""

    def __init__(self, why: str, code: int = 503):
        super().__init__(why)
        self.code = code


class ServiceResolver(AbstractResolver):
    """Resolves ``name.namespace.svc`` and a port to an endpoint of the service."""

    def __init__(self, reader: Reader):
        self._reader = reader

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        name, namespace = host.split(".")[:2]
        address, number = service_address(self._reader, namespace, name, port)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=number, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


class WebhookClient:
    """All webhook calls of one server. Sessions are made when they are first needed."""

    def __init__(self, reader: Reader):
        self._reader = reader
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(self, target: Target, document: Any, *, timeout_seconds: float) -> Any:
        """The answer to a document, decoded. Raises `CallFailed`."""
        url = f"{target.url}?timeout={round(timeout_seconds)}s"
        try:
            async with asyncio.timeout(timeout_seconds):
                status, kind, body = await self._exchange(target, url, orjson.dumps(document))
        except TimeoutError:
            raise CallFailed(f'Post "{url}": context deadline exceeded', 504) from None
        if not is_success(status):
            raise CallFailed(refusal_text(status, kind, body), status)
        if not body:
            raise CallFailed(f"0-length response with status code: {status} and content type: {kind}")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise CallFailed(f"couldn't get version/kind; json parse error: {error}") from None

    async def _exchange(self, target: Target, url: str, body: bytes) -> tuple[int, str, bytes]:
        try:
            context = client_context(target.ca_pem)
        except ValueError as error:
            raise CallFailed(str(error)) from None
        session = self._session(target.service is not None)
        for last in (False, True):
            try:
                async with session.post(url, data=body, headers=_HEADERS, ssl=context, allow_redirects=False) as answer:
                    kind = answer.headers.get("content-type", "")
                    return answer.status, kind, await _read(answer)
            except aiohttp.ServerDisconnectedError:
                if last:
                    raise CallFailed(f'Post "{url}": EOF') from None
                continue  # a kept connection had been closed meanwhile
            except APIError as error:
                raise CallFailed(f'Post "{url}": {error.message}', error.code) from None
            except (aiohttp.ClientError, OSError) as error:
                why = await self._explain(target, error)
                raise CallFailed(f'Post "{url}": {why}') from None
        raise AssertionError("the last try returns or raises")

    async def _explain(self, target: Target, error: Exception) -> str:
        """The failure of a connection as Go tells of it."""
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            parts = urlsplit(target.url)
            server_name = parts.hostname or ""
            host, port = self.address(target)
            return await why_untrusted(host, port, server_name, target.ca_pem)
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return f"dial tcp: lookup {error.host}: no such host"
        if isinstance(error, aiohttp.ClientConnectorSSLError):
            if "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER_FAILURE" in str(error):
                return "http: server gave HTTP response to HTTPS client"
            return f"remote error: tls: {error.os_error.strerror or error}"
        if isinstance(error, aiohttp.ClientConnectorError):
            host, port = self.address(target)
            shown = f"[{host}]" if ":" in host else host
            text = _ERRNO_TEXTS.get(error.os_error.errno or 0) or f"connect: {error.os_error.strerror}"
            return f"dial tcp {shown}:{port}: {text}"
        return str(error) or type(error).__name__

    def address(self, target: Target) -> tuple[str, int]:
        """Where a connection to the target goes. Raises `APIError` for a service that leads nowhere."""
        if target.service is not None:
            return service_address(self._reader, *target.service)
        parts = urlsplit(target.url)
        return parts.hostname or "", parts.port or 443

    def _session(self, to_service: bool) -> aiohttp.ClientSession:
        found = self._sessions.get(to_service)
        if found is None:
            connector = aiohttp.TCPConnector(
                resolver=ServiceResolver(self._reader) if to_service else None,
                use_dns_cache=not to_service,
                limit=_MAX_CONNECTIONS,
                keepalive_timeout=_KEEPALIVE_SECONDS,
            )
            timeout = aiohttp.ClientTimeout(total=None)
            found = aiohttp.ClientSession(connector=connector, timeout=timeout)
            self._sessions[to_service] = found
        return found

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    pieces, size = [], 0
    async for piece in answer.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            raise CallFailed(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
    return b"".join(pieces)
