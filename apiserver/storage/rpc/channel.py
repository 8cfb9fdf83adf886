"""A channel to one address: connects when it is first asked for, and again whenever the connection is gone.

A connection that the server wants to be left (GOAWAY) finishes what it has begun while the next one takes what is new.
Attempts follow one another with growing pauses, also where connections are made but do not last.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from math import ceil, inf
from urllib.parse import urlsplit

from pybernetes.apiserver.storage.rpc.call import StreamingCall, UnaryCall, framed
from pybernetes.apiserver.storage.rpc.header_blocks import HeaderList
from pybernetes.apiserver.storage.rpc.link import Link
from pybernetes.apiserver.storage.rpc.status import Code, TransportError

log = logging.getLogger(__name__)

# Connecting, the TLS handshake, and the server's settings.
CONNECT_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0
_CLOSE_SECONDS = 1.0
_REMEMBERED_HEADS = 256

Metadata = tuple[tuple[str, str], ...]


class ServerStream:
    """A call that has many answers, and may have many questions."""

    def __init__(self, link: Link, call: StreamingCall) -> None:
        self._link = link
        self._call = call

    def send(self, message: bytes) -> None:
        """One more message."""
        self._link.send(self._call, framed(message))

    async def take(self) -> list[bytes]:
        """All messages that have come since the last call; waits for one. None at all: that was the end.

        Raises `RpcError`.
        """
        messages, size = await self._call.take()
        self._link.taken(self._call, size)
        return messages

    def cancel(self) -> None:
        """Have no more of it; harmless at any time."""
        self._link.cancel(self._call)


class Channel:
    """`tls` is for https; its ALPN protocols are set here."""

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None) -> None:
        target = urlsplit(url)
        self._host, self._authority = target.hostname or "", target.netloc
        self._port = target.port or (443 if tls is not None else 80)
        self._tls = tls
        if tls is not None:
            tls.set_alpn_protocols(["h2"])
        self._base = ((":method", "POST"), (":scheme", "https" if tls is not None else "http"))
        self._heads: dict[tuple[str, str, Metadata], HeaderList] = {}
        self._links: set[Link] = set()  # all that are not closed
        self._link: Link | None = None  # the one to use
        self._since = 0.0
        self._connecting: asyncio.Task[None] | None = None
        self._failures = 0
        self._closed = False
        self.trouble = ""  # why there is no connection

    def is_ready(self) -> bool:
        """Whether requests can be sent now. If not, begins to connect."""
        if self._link is None:
            self._connect()
        return self._link is not None

    async def ready(self) -> None:
        """Until requests can be sent. Never, where the address does not answer. Raises ConnectionError once closed."""
        while not self.is_ready():
            if self._connecting is None:
                raise ConnectionError("the channel is closed")
            await asyncio.shield(self._connecting)

    async def unary(self, path: str, message: bytes, *, timeout_seconds: float, metadata: Metadata = ()) -> bytes:
        """One question, one answer. Raises `RpcError`."""
        link = self._link
        if link is None:
            raise TransportError(Code.UNAVAILABLE, f"not connected: {self.trouble}", processed=False)
        call = UnaryCall(asyncio.get_running_loop())
        head = self._head(path, timeout_seconds, metadata)
        link.start(call, head, framed(message), end=True, timeout_seconds=timeout_seconds)
        try:
            return await call.done
        except asyncio.CancelledError:
            link.cancel(call)
            raise

    def stream(self, path: str, message: bytes, *, end: bool = False, metadata: Metadata = ()) -> ServerStream:
        """One question or, unless that is the `end`, several, and any number of answers. No deadline."""
        link = self._link
        if link is None:
            raise TransportError(Code.UNAVAILABLE, f"not connected: {self.trouble}", processed=False)
        call = StreamingCall()
        link.start(call, self._head(path, inf, metadata), framed(message), end=end, timeout_seconds=inf)
        return ServerStream(link, call)

    async def close(self) -> None:
        """End all connections. Calls that are under way break."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        closed = [link.closed for link in self._links]
        for link in list(self._links):
            link.close()
        if closed:
            await asyncio.wait(closed, timeout=_CLOSE_SECONDS)
        for link in list(self._links):
            link.abort("the channel is closed")

    def _head(self, path: str, timeout_seconds: float, metadata: Metadata) -> HeaderList:
        timeout = _timeout(timeout_seconds)
        key = (path, timeout, metadata)
        head = self._heads.get(key)
        if head is None:
            head = (*self._base, (":path", path), (":authority", self._authority), ("te", "trailers"))
            head += (("content-type", "application/grpc"), ("user-agent", "pybernetes"), *metadata)
            if timeout:
                head += (("grpc-timeout", timeout),)
            if len(self._heads) >= _REMEMBERED_HEADS:
                self._heads.clear()
            self._heads[key] = head
        return head

    # Connecting

    def _connect(self) -> None:
        if self._connecting is None and not self._closed:
            self._connecting = asyncio.create_task(self._keep_trying(), name=f"connect to {self._authority}")
            self._connecting.add_done_callback(self._connected)

    def _connected(self, task: asyncio.Task[None]) -> None:
        self._connecting = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("cannot connect to %s", self._authority, exc_info=error)

    async def _keep_trying(self) -> None:
        """Until there is a connection."""
        while True:
            if self._failures:
                longest = min(_FIRST_PAUSE_SECONDS * 2 ** min(self._failures, 10), _LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(longest * random.uniform(0.5, 1.0))
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    self._link = await self._try()
                self._since = asyncio.get_running_loop().time()
                return
            except (OSError, ssl.SSLError, ssl.CertificateError, TimeoutError) as error:
                self._failures += 1
                self.trouble = str(error) or type(error).__name__
                log.debug("%s: %s", self._authority, self.trouble)

    async def _try(self) -> Link:
        _, link = await asyncio.get_running_loop().create_connection(
            lambda: Link(unusable=self._left, lost=self._links.discard),
            self._host,
            self._port,
            ssl=self._tls,
            server_hostname=self._host if self._tls is not None else None,
        )
        self._links.add(link)
        try:
            await link.ready
        except BaseException:
            link.abort("the server did not answer in time")
            raise
        return link

    def _left(self, link: Link) -> None:
        """A connection takes no more requests."""
        if link is not self._link:
            return
        self._link = None
        self.trouble = link.core.going_away or "the connection was lost"
        lasted = asyncio.get_running_loop().time() - self._since
        self._failures = 0 if lasted > _LONGEST_PAUSE_SECONDS else self._failures + 1
        self._connect()


def _timeout(seconds: float) -> str:
    """A deadline as gRPC writes it. Whole seconds, so that few headers differ; the server may take a little longer."""
    if seconds == inf:
        return ""
    return f"{ceil(seconds)}S" if seconds > 1 else f"{max(1, ceil(seconds * 1000))}m"
