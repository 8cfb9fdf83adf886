"""How a remote process is reached: WebSocket v5 where the server has it; v4 when there is no input or a terminal, whose
end is a character; SPDY for input that ends.
"""

from __future__ import annotations

import socket

from pybernetes.api.errors import APIError
from pybernetes.component import websocket as ws
from pybernetes.component.remote_channels import SPDY_PROTOCOL, V4, V5, SpdyStreams, Streams, WebSocketStreams
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session


def open_streams(
    session: Session, path: str, query: list[tuple[str, str]], *, stdin: bool, tty: bool
) -> tuple[socket.socket, bytes, Streams]:
    """(the socket, what was read ahead, its protocol). Raises `APIError`, `Failure`."""
    input_ends = stdin and not tty
    try:
        return _open_websocket(session, path, query, (V5,) if input_ends else (V5, V4))
    except APIError as error:
        if not input_ends or error.code not in (400, 403, 500) or error.status.get("details"):
            raise
    headers = [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"), ("X-Stream-Protocol-Version", SPDY_PROTOCOL)]
    opened, early, _ = session.connection.upgrade(path, query, headers, method="POST")
    return opened, early, SpdyStreams(stdin=stdin, tty=tty)


def _open_websocket(
    session: Session, path: str, query: list[tuple[str, str]], protocols: tuple[str, ...]
) -> tuple[socket.socket, bytes, Streams]:
    key = ws.new_key()
    opened, early, head = session.connection.upgrade(path, query, ws.handshake_headers(key, protocols))
    if head.get("sec-websocket-accept") != ws.accept_of(key):
        opened.close()
        raise Failure("the server answered the WebSocket handshake wrongly")
    return opened, early, WebSocketStreams(head.get("sec-websocket-protocol"))
