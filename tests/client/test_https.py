"""The API over a real connection: what happens to a request whose connection breaks."""

from __future__ import annotations

import asyncio

import pytest

from pybernetes.client.https import HTTPSTransport
from pybernetes.client.kubeconfig import Credentials
from pybernetes.client.transport import TransportError

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Forgetful:
    """Answers the first request of each connection; takes the second and hangs up."""

    def __init__(self) -> None:
        self.methods: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in (_OK, b""):
                head = await reader.readuntil(b"\r\n\r\n")
                self.methods.append(head.split()[0].decode())
                writer.write(answer)
                await writer.drain()
        except asyncio.IncompleteReadError:
            return  # the client was done first
        finally:
            writer.close()


@pytest.mark.parametrize(
    ("method", "sent", "fails"),
    [("GET", 2, False), ("POST", 1, True), ("PUT", 1, True), ("PATCH", 1, True), ("DELETE", 1, True)],
)
async def test_a_write_whose_answer_is_lost_is_not_sent_again(method: str, sent: int, fails: bool) -> None:
    forgetful = Forgetful()
    async with await asyncio.start_server(forgetful.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        transport = HTTPSTransport(Credentials(server=f"http://127.0.0.1:{port}"))
        try:
            await transport.request("OPTIONS", "/")
            if fails:
                with pytest.raises(TransportError):
                    await transport.request(method, "/")
            else:
                await transport.request(method, "/")
        finally:
            await transport.close()
    assert forgetful.methods == ["OPTIONS", *[method] * sent]
