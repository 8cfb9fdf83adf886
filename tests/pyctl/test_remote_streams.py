"""exec and port-forward against a server of WebSockets, in plain HTTP, that does what a kubelet does."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from pybernetes.component import websocket as ws
from pybernetes.pyctl import http1
from pybernetes.pyctl.connection import Connection
from pybernetes.pyctl.flags import parse
from pybernetes.pyctl.global_flags import GLOBAL_FLAGS
from pybernetes.pyctl.kubeconfig import Access
from pybernetes.pyctl.remote_streams import RemoteProcess, stream_query
from pybernetes.pyctl.session import Session

Talk = Callable[[socket.socket, Iterator[ws.Message]], None]


def send(to: socket.socket, channel: int, data: bytes) -> None:
    """A message as servers send it: not masked."""
    payload = bytes([channel]) + data
    head = bytes([0x82, len(payload)]) if len(payload) < 126 else b"\x82\x7e" + len(payload).to_bytes(2, "big")
    to.sendall(head + payload)


def exit_with(to: socket.socket, code: int) -> None:
    causes = [{"reason": "ExitCode", "message": str(code)}]
    status = {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}
    send(to, ws.ERROR, json.dumps(status if code else {"status": "Success"}).encode())
    to.sendall(b"\x88\x00")


class Server:
    """Takes one connection, shakes hands, and lets `talk` go on."""

    def __init__(self, talk: Talk, protocol: str):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.request = ""
        self._talk, self._protocol = talk, protocol
        self._thread = threading.Thread(target=self._serve, name="websocket-server")
        self._thread.start()

    def _serve(self) -> None:
        accepted, _ = self._listening.accept()
        with accepted:
            reader = http1.Reader(accepted.recv)
            self.request = reader.until(b"\r\n\r\n").decode()
            headers = dict(line.split(": ", 1) for line in self.request.split("\r\n")[1:])
            accepted.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + f"Sec-WebSocket-Accept: {ws.accept_of(headers['Sec-WebSocket-Key'])}\r\n".encode()
                + f"Sec-WebSocket-Protocol: {self._protocol}\r\n\r\n".encode()
            )
            self._talk(accepted, self._messages(accepted))

    @staticmethod
    def _messages(accepted: socket.socket) -> Iterator[ws.Message]:
        decoder = ws.Decoder()
        while data := accepted.recv(65536):
            yield from decoder.feed(data)

    def close(self) -> None:
        self._thread.join(10)
        self._listening.close()


def session_to(server: Server) -> Session:
    session = Session(parse(GLOBAL_FLAGS, []))
    session.__dict__["connection"] = Connection(Access(f"http://127.0.0.1:{server.port}"), warn=print)
    return session


class Unselectable(io.BytesIO):
    """Input that, as a file has, has no waiting."""

    def fileno(self) -> int:
        raise OSError("no descriptor")


def run(talk: Talk, stdin: bytes | None, protocol: str = "v5.channel.k8s.io") -> tuple[int, str, bytes, bytes, str]:
    server = Server(talk, protocol)
    out, err = io.BytesIO(), io.BytesIO()
    query = [*stream_query("main", stdin=stdin is not None, tty=False), ("command", "a b"), ("command", "-c")]
    try:
        with RemoteProcess(
            session_to(server), "/api/v1/namespaces/n/pods/p/exec", query, stdin=stdin is not None
        ) as process:
            given = Unselectable(stdin) if stdin is not None else None
            code, complaint = process.run(stdin=given, stdout=out, stderr=err)
    finally:
        server.close()
    return code, complaint, out.getvalue(), err.getvalue(), server.request


def test_output_errors_and_the_exit_code() -> None:
    def talk(to: socket.socket, messages: Iterator[ws.Message]) -> None:
        send(to, ws.STDOUT, b"")
        send(to, ws.STDOUT, b"out" * 1000)
        send(to, ws.STDERR, b"err")
        exit_with(to, 3)

    code, complaint, out, err, request = run(talk, None)
    assert (code, complaint, out, err) == (3, "", b"out" * 1000, b"err")
    assert request.startswith(
        "GET /api/v1/namespaces/n/pods/p/exec?container=main&stdout=true&stderr=true&command=a%20b&command=-c HTTP/1.1"
    )
    assert "Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io" in request


def test_input_reaches_the_process_and_ends() -> None:
    def talk(to: socket.socket, messages: Iterator[ws.Message]) -> None:
        for message in messages:
            if message.data == bytes([ws.CLOSE_CHANNEL, ws.STDIN]):
                break
            send(to, ws.STDOUT, message.data[1:].upper())
        exit_with(to, 0)

    assert run(talk, b"hello")[:3] == (0, "", b"HELLO")


def test_pings_are_answered() -> None:
    def talk(to: socket.socket, messages: Iterator[ws.Message]) -> None:
        to.sendall(b"\x89\x02hi")
        pong = next(messages)
        send(to, ws.STDOUT, b"pong" if pong == ws.Message(ws.PONG, b"hi") else b"none")
        exit_with(to, 0)

    assert run(talk, None)[2] == b"pong"


def test_a_failure_is_told() -> None:
    def talk(to: socket.socket, messages: Iterator[ws.Message]) -> None:
        status = {"status": "Failure", "reason": "InternalError", "message": "no such container"}
        send(to, ws.ERROR, json.dumps(status).encode())
        to.sendall(b"\x88\x00")

    assert run(talk, None)[:2] == (1, "no such container")


@pytest.mark.parametrize("protocol", ["v4.channel.k8s.io", "v5.channel.k8s.io"])
def test_a_connection_that_breaks_off_without_a_status(protocol: str) -> None:
    assert run(lambda to, messages: send(to, ws.STDOUT, b"x"), None, protocol)[2] == b"x"
