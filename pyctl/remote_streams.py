"""A process in a container, joined to our standard streams: what exec, attach, run -it and cp stand on.

One loop waits on the socket, on standard input and on the terminal's resize signal. With a terminal, the local one is
put into raw mode and always restored.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import ssl
import sys
import termios
import tty as terminal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from pybernetes.component import websocket as ws
from pybernetes.component.remote_channels import ANSWER, CLOSED
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.stream_protocols import open_streams

READ_BYTES = 1 << 15


class RemoteProcess:
    """An open exec or attach. Use as a context manager; `run` stays until the other side ends."""

    def __init__(
        self, session: Session, path: str, query: list[tuple[str, str]], *, stdin: bool = False, tty: bool = False
    ):
        self._socket, self._early, self._streams = open_streams(session, path, query, stdin=stdin, tty=tty)
        self._socket.sendall(self._streams.start())
        self._status: bytes | None = None

    def __enter__(self) -> RemoteProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def run(self, *, stdin: BinaryIO | None, stdout: BinaryIO, stderr: BinaryIO, tty: bool = False) -> tuple[int, str]:
        """Pump until the end; (exit code, complaint)."""
        outputs = {ws.STDOUT: stdout, ws.STDERR: stderr}
        selector = selectors.DefaultSelector()
        selector.register(self._socket, selectors.EVENT_READ, "socket")
        resized, wake = socket.socketpair()
        with resized, wake, selector, _resize_signal(wake if tty else None):
            selector.register(resized, selectors.EVENT_READ, "resize")
            if stdin is not None and not self._register_stdin(selector, stdin):
                self._copy_all_input(stdin)
            if tty:
                self._send_size()
            if self._early and not self._receive(self._early, outputs):
                return self._outcome()
            while True:
                for key, _ in selector.select():
                    if key.data == "resize":
                        resized.recv(64)
                        self._send_size()
                    elif key.data == "stdin":
                        assert stdin is not None
                        self._copy_input(selector, stdin)
                    elif not self._read_socket(outputs):
                        return self._outcome()

    def _register_stdin(self, selector: selectors.BaseSelector, stdin: BinaryIO) -> bool:
        """Whether standard input can be waited for; plain files cannot, and are always ready."""
        try:
            selector.register(stdin, selectors.EVENT_READ, "stdin")
        except (PermissionError, ValueError, OSError):
            return False
        return True

    def _copy_all_input(self, stdin: BinaryIO) -> None:
        while data := stdin.read(READ_BYTES):
            self._socket.sendall(self._streams.input(data))
        self._end_input()

    def _copy_input(self, selector: selectors.BaseSelector, stdin: BinaryIO) -> None:
        data = os.read(stdin.fileno(), READ_BYTES)
        if data:
            self._socket.sendall(self._streams.input(data))
            return
        selector.unregister(stdin)
        self._end_input()

    def _end_input(self) -> None:
        self._socket.sendall(self._streams.end_of_input())

    def _send_size(self) -> None:
        size = os.get_terminal_size(sys.stdin.fileno())
        self._socket.sendall(self._streams.size(size.columns, size.lines))

    def _read_socket(self, outputs: dict[int, BinaryIO]) -> bool:
        """Take what has arrived, all that TLS has decrypted; False at the end."""
        while True:
            try:
                data = self._socket.recv(1 << 16)
            except (ssl.SSLWantReadError, BlockingIOError):
                return True
            except OSError:
                return False
            if not data or not self._receive(data, outputs):
                return False
            if not (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
                return True

    def _receive(self, data: bytes, outputs: dict[int, BinaryIO]) -> bool:
        for channel, payload in self._streams.feed(data):
            if channel == CLOSED:
                return False
            if channel == ANSWER:
                self._socket.sendall(payload)
            elif channel == ws.ERROR:
                self._status = (self._status or b"") + payload
            elif channel in outputs and payload:
                outputs[channel].write(payload)
                outputs[channel].flush()
        return True

    def _outcome(self) -> tuple[int, str]:
        if self._status:
            return ws.exit_code_of(self._status)
        return 0, ""


@contextmanager
def _resize_signal(wake: socket.socket | None) -> Iterator[None]:
    """While inside, a change of the terminal's size makes `wake` readable on its other end."""
    if wake is None:
        yield
        return
    wake.setblocking(False)

    def resized(*_: object) -> None:
        try:
            wake.send(b"\0")
        except BlockingIOError:
            return  # many changes at once: one look at the size is enough

    before = signal.signal(signal.SIGWINCH, resized)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


@contextmanager
def raw_terminal(*, wanted: bool) -> Iterator[None]:
    """The local terminal without echo and line editing, restored at the end."""
    if not wanted:
        yield
        return
    before = termios.tcgetattr(sys.stdin.fileno())
    terminal.setraw(sys.stdin.fileno())
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, before)


def interact(session: Session, path: str, query: list[tuple[str, str]], *, stdin: bool, tty: bool) -> int:
    """Join a remote process to our own streams and give its exit code. Raises `APIError`, `Failure`."""
    sys.stdout.flush()
    with RemoteProcess(session, path, query, stdin=stdin, tty=tty) as process, raw_terminal(wanted=tty):
        code, complaint = process.run(
            stdin=sys.stdin.buffer if stdin else None, stdout=sys.stdout.buffer, stderr=sys.stderr.buffer, tty=tty
        )
    if complaint:
        raise Failure(complaint, prefix="error: ")
    if code:
        session.complain(f"command terminated with exit code {code}")
    return code


def stream_query(container: str, *, stdin: bool, tty: bool) -> list[tuple[str, str]]:
    """The query that says which streams are wanted."""
    query = [("container", container), ("stdout", "true")]
    if stdin:
        query.append(("stdin", "true"))
    query.append(("tty", "true") if tty else ("stderr", "true"))
    return query
