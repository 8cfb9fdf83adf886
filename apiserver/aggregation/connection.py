"""Connections to aggregated API servers, as the front proxy: with its client certificate, and saying who the user is.

A server believes the X-Remote headers because of the certificate, so whatever a client sends under those names is
dropped. A service is reached at an endpoint, while TLS asks for ``<service>.<namespace>.svc``.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
from yarl import URL

from pybernetes.api.errors import APIError
from pybernetes.apiserver.aggregation.remote import Remote
from pybernetes.apiserver.pki.control_plane import Credential
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.service_address import service_address
from pybernetes.apiserver.user import User
from pybernetes.apiserver.webhooks.client import ServiceResolver
from pybernetes.apiserver.webhooks.trust import unverified_context

_CONNECT_SECONDS = 10.0
_MAX_CONNECTIONS = 1024
_KEPT_CONTEXTS = 64


class Unreachable(Exception):
    """The server could not be asked; the text says why."""


def user_headers(user: User) -> list[tuple[str, str]]:
    """Who asks, for a server that trusts us to say so."""
    headers = [("X-Remote-User", user.name)]
    if user.uid:
        headers.append(("X-Remote-Uid", user.uid))
    headers += [("X-Remote-Group", group) for group in user.groups]
    for key, values in user.extra.items():
        headers += [(f"X-Remote-Extra-{quote(key, safe='')}", value) for value in values]
    return headers


class Connections:
    """Sessions and TLS for all aggregated servers."""

    def __init__(self, reader: Reader, credential: Credential):
        self._reader = reader
        self._credential = credential
        self._contexts: dict[tuple[bytes, bool], ssl.SSLContext] = {}
        self._session: aiohttp.ClientSession | None = None

    def reload(self) -> None:
        """The client certificate has been renewed: connect with the new one from now on."""
        self._contexts.clear()

    def context(self, ca_pem: bytes, *, insecure: bool) -> ssl.SSLContext:
        """Raises ValueError for a bundle that holds no certificates."""
        key = (ca_pem, insecure)
        found = self._contexts.get(key)
        if found is None:
            while len(self._contexts) >= _KEPT_CONTEXTS:
                del self._contexts[next(iter(self._contexts))]
            found = self._contexts[key] = self._made(ca_pem, insecure)
        return found

    def _made(self, ca_pem: bytes, insecure: bool) -> ssl.SSLContext:
        if insecure:
            context = unverified_context()
        else:
            try:
                context = ssl.create_default_context(cadata=ca_pem.decode() if ca_pem else None)
            except (ssl.SSLError, UnicodeDecodeError) as error:
                raise ValueError(f"unable to load root certificates: {error}") from None
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
            context.hostname_checks_common_name = False
        context.load_cert_chain(self._credential.certificate_path, self._credential.key_path)
        return context

    async def request(
        self,
        remote: Remote,
        method: str,
        path: str,
        *,
        user: User,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        insecure: bool = False,
    ) -> aiohttp.ClientResponse:
        """Ask; the answer's body is not read yet. `path` is quoted and may have a query. Raises `Unreachable`."""
        sent = [*(headers or {}).items(), *user_headers(user)]
        try:
            context = self.context(b"" if insecure else remote.ca_pem, insecure=insecure or remote.insecure)
            url = URL(remote.origin + path, encoded=True)
            return await self.session().request(
                method, url, data=body or None, headers=sent, ssl=context, allow_redirects=False
            )
        except APIError as error:
            raise Unreachable(error.message) from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unreachable(str(error) or type(error).__name__) from None

    async def open(self, remote: Remote) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection of one's own, for a stream. Raises OSError, TimeoutError, ValueError, `APIError`."""
        host, port = service_address(self._reader, remote.namespace, remote.service, remote.port)
        context = self.context(remote.ca_pem, insecure=remote.insecure)
        name = f"{remote.service}.{remote.namespace}.svc"
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await asyncio.open_connection(host, port, ssl=context, server_hostname=name)

    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=ServiceResolver(self._reader), use_dns_cache=False, limit=_MAX_CONNECTIONS
            )
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
