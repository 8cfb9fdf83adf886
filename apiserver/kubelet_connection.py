"""How the API server reaches a node's kubelet: its address, and TLS with a client certificate of our own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from pybernetes.api.errors import bad_request, failure, not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.pki.control_plane import Credential
from pybernetes.apiserver.reader import Reader

ADDRESS_PREFERENCE = ("InternalIP", "ExternalIP", "Hostname")
_DEFAULT_PORT = 10250
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """Where a node's kubelet listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"


def kubelet_address(node: Json, preference: Iterable[str] = ADDRESS_PREFERENCE) -> NodeAddress:
    """From a Node's status. Raises 500 for a node that has none of the preferred addresses."""
    status = node.get("status") or {}
    addresses = {item["type"]: item["address"] for item in reversed(status.get("addresses") or ())}
    host = next((addresses[kind] for kind in preference if kind in addresses), "")
    if not host:
        known = " ".join(f"{{{item['type']} {item['address']}}}" for item in status.get("addresses") or ())
        raise failure(500, "", f"no preferred addresses found; known addresses: [{known}]")
    endpoint = (status.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}
    return NodeAddress(host, int(endpoint.get("Port") or _DEFAULT_PORT))


class Kubelets:
    """Connections to kubelets. `ca_file` is the CA of their serving certificates; without it they are not verified."""

    def __init__(
        self,
        reader: Reader,
        credential: Credential,
        ca_file: str = "",
        preference: Sequence[str] = ADDRESS_PREFERENCE,
    ):
        self._reader = reader
        self._preference = preference
        self._credential = credential
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._context: ssl.SSLContext | None = None

    def address_of(self, node_name: str) -> NodeAddress:
        """Raises 400 for no node, 404 for one that is not there, 503 for one without an address."""
        if not node_name:
            raise bad_request("the pod is not assigned to a node yet")
        node = self._reader.get("nodes", node_name)
        if node is None:
            raise not_found("nodes", node_name)
        return kubelet_address(node, self._preference)

    def context(self) -> ssl.SSLContext:
        """TLS to kubelets, with the client certificate."""
        if self._context is None:
            context = ssl.create_default_context(cadata=Path(self._ca_file).read_text() if self._ca_file else None)
            context.check_hostname = False  # nodes are known by address; the CA is what counts
            if not self._ca_file:
                context.verify_mode = ssl.CERT_NONE
            context.load_cert_chain(self._credential.certificate_path, self._credential.key_path)
            self._context = context
        return self._context

    def reload(self) -> None:
        """The client certificate has been renewed: connect with the new one from now on."""
        self._context = None

    async def connect(self, address: NodeAddress) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection of one's own, for streams. Raises OSError, TimeoutError."""
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await asyncio.open_connection(address.host, address.port, ssl=self.context())

    def session(self) -> aiohttp.ClientSession:
        """For plain requests, to kubelets and to pods."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
