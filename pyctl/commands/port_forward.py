"""`port-forward`: local ports that lead into a pod.

Each local connection gets a WebSocket of its own with the port's two channels: data is 0, errors are 1, and the first
message on each names the port. A thread serves a connection, so one that is slow holds up none.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import sys
import threading
from typing import Any, NamedTuple

from pybernetes.api.errors import APIError
from pybernetes.api.object import name_of
from pybernetes.api.resources import resource
from pybernetes.component import websocket as ws
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.pods import first_pod
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import find_one

Json = dict[str, Any]
PROTOCOLS = ("v4.channel.k8s.io",)
DATA, ERROR = 0, 1
PORT_BYTES = 2  # what comes first on each channel
READ_BYTES = 1 << 16


class Forward(NamedTuple):
    local: int
    remote: int


def parse_ports(texts: list[str]) -> list[tuple[str, str]]:
    """(local, remote) of ``8080:80``, ``80`` and ``:80``, where an empty local port is chosen by the system."""
    found = []
    for text in texts:
        local, colon, remote = text.partition(":")
        if not remote:
            local, remote = (local, local) if not colon else (local, "")
        if not remote:
            raise Failure(f"invalid port format '{text}'")
        found.append((local or "0", remote))
    return found


def run(session: Session) -> int:
    values = session.values
    if len(values.arguments) < 2:
        raise Failure("TYPE/NAME and list of ports are required for port-forward")
    target, *texts = values.arguments
    pod = first_pod(session, target, wait_seconds=values.seconds("pod-running-timeout"))
    phase = (pod.get("status") or {}).get("phase")
    if phase != "Running":
        raise Failure(f"unable to forward port because pod is not running. Current status={phase}")
    owner = find_one(session, target).obj if "/" in target else pod
    forwards = [Forward(_number(local), remote_port(owner, pod, remote)) for local, remote in parse_ports(texts)]
    path = resource("pods").path(pod["metadata"]["namespace"], name_of(pod), "portforward")
    _ = session.connection
    listening = [
        (_listen(address, forward.local), forward)
        for forward in forwards
        for address in _addresses(values.items("address"))
    ]
    for opened, forward in listening:
        host, port = opened.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        session.write(f"Forwarding from {shown}:{port} -> {forward.remote}")
    sys.stdout.flush()
    _serve(session, path, listening)
    return 0


def _number(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise Failure(f"error parsing local port '{text}'")
    return int(text)


def remote_port(owner: Json, pod: Json, text: str) -> int:
    """The pod's port that a number or name means; through a service, its target port. Raises `Failure`."""
    if owner["kind"] == "Service":
        for port in owner["spec"].get("ports") or ():
            if text in (str(port["port"]), port.get("name")):
                target = port.get("targetPort", port["port"])
                return target if isinstance(target, int) else _named_port(pod, target)
        raise Failure(f"Service {name_of(owner)} does not have a service port {text}")
    return int(text) if text.isdigit() else _named_port(pod, text)


def _named_port(pod: Json, name: str) -> int:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            if port.get("name") == name:
                return int(port["containerPort"])
    raise Failure(f"Pod '{name_of(pod)}' does not have a named port '{name}'")


def _addresses(said: list[str]) -> list[str]:
    found: list[str] = []
    for address in said or ["localhost"]:
        found += ["127.0.0.1"] if address == "localhost" else [address]
    return found


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((address, port))
    except OSError as error:
        opened.close()
        raise Failure(
            f"unable to listen on any of the requested ports: [{port}]: {(error.strerror or str(error)).lower()}"
        ) from error
    opened.listen()
    return opened


def _serve(session: Session, path: str, listening: list[tuple[socket.socket, Forward]]) -> None:
    selector = selectors.DefaultSelector()
    for opened, forward in listening:
        selector.register(opened, selectors.EVENT_READ, forward)
    try:
        while True:
            for key, _ in selector.select():
                accepted, _ = key.fileobj.accept()  # type: ignore[union-attr]
                forward = key.data
                session.write(f"Handling connection for {key.fileobj.getsockname()[1]}")  # type: ignore[union-attr]
                sys.stdout.flush()
                threading.Thread(
                    target=_carry,
                    args=(session, path, accepted, forward.remote),
                    name=f"forward-{forward.remote}",
                    daemon=True,
                ).start()
    finally:
        for opened, _ in listening:
            opened.close()


def _carry(session: Session, path: str, local: socket.socket, port: int) -> None:
    with local:
        try:
            _join(session, path, local, port)
        except (APIError, Failure, OSError, ws.WebSocketError) as error:
            session.complain(f"error: an error occurred forwarding to port {port}: {error}")


def _join(session: Session, path: str, local: socket.socket, port: int) -> None:
    headers = ws.handshake_headers(ws.new_key(), PROTOCOLS)
    remote, early, _ = session.connection.upgrade(path, [("ports", str(port))], headers)
    selector = selectors.DefaultSelector()
    selector.register(local, selectors.EVENT_READ, "local")
    selector.register(remote, selectors.EVENT_READ, "remote")
    channels = PortChannels()
    with remote, selector:
        if early and not _to_local(session, channels, early, remote, local):
            return
        while True:
            for key, _ in selector.select():
                if key.data == "local":
                    data = local.recv(READ_BYTES)
                    if not data:
                        return
                    remote.sendall(ws.on_channel(DATA, data))
                elif not _pump(session, channels, remote, local):
                    return


def _pump(session: Session, channels: PortChannels, remote: socket.socket, local: socket.socket) -> bool:
    while True:
        data = remote.recv(READ_BYTES)
        if not data or not _to_local(session, channels, data, remote, local):
            return False
        if not (isinstance(remote, ssl.SSLSocket) and remote.pending()):
            return True


def _to_local(
    session: Session, channels: PortChannels, data: bytes, remote: socket.socket, local: socket.socket
) -> bool:
    pieces, pongs, complaint, open_still = channels.feed(data)
    for pong in pongs:
        remote.sendall(pong)
    for piece in pieces:
        local.sendall(piece)
    if complaint:
        session.complain(f"error: {complaint}")
    return open_still


class PortChannels:
    """What arrives on a forwarded port's channels, without the port numbers that come first on each."""

    def __init__(self) -> None:
        self._decoder = ws.Decoder()
        self._to_skip = {DATA: PORT_BYTES, ERROR: PORT_BYTES}

    def feed(self, data: bytes) -> tuple[list[bytes], list[bytes], str, bool]:
        """(data for the local side, frames to answer with, a complaint, whether the stream goes on)."""
        pieces: list[bytes] = []
        pongs: list[bytes] = []
        complaint = b""
        for message in self._decoder.feed(data):
            if message.opcode == ws.CLOSE:
                return pieces, pongs, complaint.decode(errors="replace"), False
            if message.opcode == ws.PING:
                pongs.append(ws.encode(ws.PONG, message.data))
            elif message.data and message.data[0] in self._to_skip:
                channel = message.data[0]
                skipped = min(self._to_skip[channel], len(message.data) - 1)
                self._to_skip[channel] -= skipped
                payload = message.data[1 + skipped :]
                if channel == DATA and payload:
                    pieces.append(payload)
                complaint += payload if channel == ERROR else b""
        return pieces, pongs, complaint.decode(errors="replace"), not complaint


COMMAND = Command(
    "port-forward TYPE/NAME [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    "Forward one or more local ports to a pod",
    run,
    (
        Flag("address", "slice", (), help="Addresses to listen on; localhost by default"),
        Flag("pod-running-timeout", "duration", 60.0, help="How long to wait for a pod"),
    ),
)
