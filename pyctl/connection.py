"""One keep-alive connection to the API server, blocking: a command line does one thing at a time.

`request` gives a whole answer, `stream` an open one (watches, logs), `upgrade` a socket (exec). An answer that is an
error Status raises `APIError`; a server that is not there raises `Failure` with kubectl's words. Warning headers go
to standard error, each once.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.pyctl import http1, urls
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.kubeconfig import Access

Json = dict[str, Any]
Query = Sequence[tuple[str, str]]
USER_AGENT = "pyctl/1.36 (linux) pybernetes"
JSON_TYPE = "application/json"
MAX_RETRIES_WHEN_BUSY = 10  # as client-go does; each wait is what the server asked for
CONNECT_SECONDS = 30.0
SHOW_REQUESTS, SHOW_BODIES = 6, 8


class Answer:
    """A response whose body has been read."""

    def __init__(self, head: http1.Head, body: bytes):
        self.head = head
        self.body = body

    def json(self) -> Json:
        """The body as JSON. Raises `Failure` when it is none."""
        try:
            value: Json = json.loads(self.body)
        except ValueError as error:
            raise Failure(f"the server answered with something that is not JSON: {self.body[:80]!r}") from error
        return value


class Connection:
    """To one server, as one user. `warn` gets each warning's text; `timeout_seconds` 0 is without end."""

    def __init__(self, access: Access, *, timeout_seconds: float = 0, verbosity: int = 0, warn: Callable[[str], None]):
        self.access = access
        self._timeout_seconds = timeout_seconds
        self._verbosity = verbosity
        self._warn = warn
        self._warned: set[str] = set()
        try:
            self._server = urls.split_server(access.server)
        except ValueError as error:
            raise Failure(f'parsing server URL "{access.server}": {error}') from error
        self._socket: socket.socket | None = None
        self._reader: http1.Reader | None = None
        self._context: ssl.SSLContext | None = None

    @property
    def address(self) -> str:
        """host:port, as messages name the server."""
        return f"{self._server.host}:{self._server.port}"

    def json(
        self,
        method: str,
        path: str,
        query: Query = (),
        body: Any = None,
        *,
        accept: str = JSON_TYPE,
        content: str = JSON_TYPE,
    ) -> Json:
        """Send a request and read a JSON answer. Raises `APIError`, `Failure`."""
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self.request(method, path, query, raw, accept=accept, content=content).json()

    def request(
        self,
        method: str,
        path: str,
        query: Query = (),
        body: bytes = b"",
        *,
        accept: str = JSON_TYPE,
        content: str = JSON_TYPE,
    ) -> Answer:
        """Send a request and read the whole answer. Raises `APIError`, `Failure`."""
        for attempt in range(MAX_RETRIES_WHEN_BUSY + 1):
            head, pieces = self._exchange(method, path, query, body, accept, content)
            try:
                answer = Answer(head, b"".join(pieces))
            except (OSError, http1.ProtocolError) as error:
                self.close()
                raise Failure(str(error), prefix="Unable to connect to the server: ") from error
            if not head.keeps_alive or not http1.is_framed(head):
                self.close()
            if self._verbosity >= SHOW_BODIES:
                self._log(f"Response Body: {answer.body.decode(errors='replace')}")
            wait = head.get("retry-after")
            if head.status in (429, 503) and wait.isdigit() and attempt < MAX_RETRIES_WHEN_BUSY:
                time.sleep(int(wait))
                continue
            if head.status >= 400:
                raise error_of(answer)
            return answer
        raise AssertionError("the last attempt answers or raises")

    def stream(self, path: str, query: Query = (), *, accept: str = JSON_TYPE) -> Iterator[bytes]:
        """A GET whose body is read as it comes; the connection is closed when the iterator is. Raises `APIError`."""
        own = Connection(self.access, verbosity=self._verbosity, warn=self._warn)
        head, pieces = own._exchange("GET", path, query, b"", accept, "")
        if head.status >= 400:
            body = b"".join(pieces)
            own.close()
            raise error_of(Answer(head, body))

        def reading() -> Iterator[bytes]:
            try:
                yield from pieces
            except http1.ProtocolError:
                return  # the server went away in the middle: a stream ends so
            finally:
                own.close()

        return reading()

    def upgrade(
        self, path: str, query: Query, headers: list[tuple[str, str]], *, method: str = "GET"
    ) -> tuple[socket.socket, bytes, http1.Head]:
        """Ask for another protocol; the socket is then the caller's, with what was read ahead of it.

        Raises `APIError` when the server declines.
        """
        own = Connection(self.access, verbosity=self._verbosity, warn=self._warn)
        head, pieces = own._exchange(method, path, query, b"", "*/*", "", headers)
        if head.status != 101:
            body = b"".join(pieces)
            own.close()
            raise error_of(Answer(head, body))
        assert own._socket is not None and own._reader is not None
        own._socket.settimeout(None)
        return own._socket, own._reader.take_buffer(), head

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._reader = None

    def _exchange(
        self,
        method: str,
        path: str,
        query: Query,
        body: bytes,
        accept: str,
        content: str,
        more: Sequence[tuple[str, str]] = (),
    ) -> tuple[http1.Head, Iterator[bytes]]:
        target = self._server.prefix + urls.path_text(path) + urls.query_text(query)
        raw = http1.encode_request(method, target, [*self._headers(accept, content if body else ""), *more], body)
        if self._verbosity >= SHOW_BODIES and body:
            self._log(f"Request Body: {body.decode(errors='replace')}")
        started = time.monotonic()
        try:
            head, reader = self._send(raw, retry=method == "GET")
        except (OSError, http1.ProtocolError) as error:
            self.close()
            raise self._unreachable(error, f"{self.access.server}{target}", method) from error
        if self._verbosity >= SHOW_REQUESTS:
            milliseconds = int((time.monotonic() - started) * 1000)
            url = f"{self.access.server.rstrip('/')}{target.removeprefix(self._server.prefix)}"
            self._log(f"{method} {url} {head.status} {head.reason} in {milliseconds} milliseconds")
        self._show_warnings(head)
        return head, http1.body_pieces(reader, head, method)

    def _send(self, raw: bytes, *, retry: bool) -> tuple[http1.Head, http1.Reader]:
        used_before = self._socket is not None
        try:
            connected, reader = self._connected()
            connected.sendall(raw)
            return http1.read_head(reader), reader
        except (http1.ConnectionLost, BrokenPipeError, ConnectionResetError):
            self.close()
            if not (used_before and retry):
                raise
        connected, reader = self._connected()  # an idle connection had died: once more on a fresh one
        connected.sendall(raw)
        return http1.read_head(reader), reader

    def _connected(self) -> tuple[socket.socket, http1.Reader]:
        if self._socket is None or self._reader is None:
            plain = socket.create_connection(
                (self._server.host, self._server.port), timeout=self._timeout_seconds or CONNECT_SECONDS
            )
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made: socket.socket = plain
            if self._server.tls:
                name = self.access.tls_server_name or self._server.host
                made = self._tls_context().wrap_socket(plain, server_hostname=name)
            made.settimeout(self._timeout_seconds or None)
            self._socket, self._reader = made, http1.Reader(made.recv)
        return self._socket, self._reader

    def _tls_context(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = tls_context(self.access)
        return self._context

    def _headers(self, accept: str, content: str) -> list[tuple[str, str]]:
        headers = [("Host", self._server.authority), ("User-Agent", USER_AGENT), ("Accept", accept)]
        if content:
            headers.append(("Content-Type", content))
        if self.access.token:
            headers.append(("Authorization", f"Bearer {self.access.token}"))
        elif self.access.basic:
            headers.append(("Authorization", f"Basic {self.access.basic}"))
        return [*headers, *self.access.impersonate]

    def _show_warnings(self, head: http1.Head) -> None:
        for value in head.all("warning"):
            text = warning_text(value)
            if text and text not in self._warned:
                self._warned.add(text)
                self._warn(text)

    def _unreachable(self, error: Exception, url: str, method: str) -> Failure:
        if isinstance(error, ConnectionRefusedError):
            return Failure(
                f"The connection to the server {self.address} was refused - did you specify the right host or port?",
                prefix="",
            )
        if isinstance(error, ssl.SSLCertVerificationError):
            said = f"tls: failed to verify certificate: {error.verify_message}"
        elif isinstance(error, TimeoutError):
            said = "net/http: request canceled (Client.Timeout exceeded while awaiting headers)"
        elif isinstance(error, socket.gaierror):
            said = f"dial tcp: lookup {self._server.host}: no such host"
        else:
            said = str(error) or type(error).__name__
        if isinstance(error, socket.gaierror):
            return Failure(said, prefix="Unable to connect to the server: ")
        return Failure(f'{method.capitalize()} "{url}": {said}', prefix="Unable to connect to the server: ")

    def _log(self, text: str) -> None:
        print(text, file=sys.stderr)


def tls_context(access: Access) -> ssl.SSLContext:
    """TLS as the kubeconfig wants it. Keys go to OpenSSL through memory files: they never touch a disk."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if access.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif access.ca:
        context.load_verify_locations(cadata=access.ca.decode())
    else:
        context.load_default_certs()
    if access.client_certificate:
        descriptor = os.memfd_create("client-certificate")
        try:
            os.write(descriptor, access.client_certificate + b"\n" + access.client_key)
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
    return context


def warning_text(header: str) -> str:
    """The text of a Warning header: ``299 - "text"``, with its escapes undone."""
    _, quote_mark, rest = header.partition('"')
    text, escaped = [], False
    for character in rest if quote_mark else "":
        if escaped:
            text.append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            break
        else:
            text.append(character)
    return "".join(text)


def error_of(answer: Answer) -> APIError:
    """The Status in an answer, or one made of its code and text."""
    try:
        status = json.loads(answer.body)
    except ValueError:
        status = None
    if isinstance(status, dict) and status.get("kind") == "Status":
        return APIError(status)
    text = answer.body.decode(errors="replace").strip() or answer.head.reason
    if answer.head.status == 404:
        text = "the server could not find the requested resource"
    reasons = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed", 429: "TooManyRequests"}
    reason = reasons.get(answer.head.status, "InternalError" if answer.head.status >= 500 else "BadRequest")
    return APIError({"kind": "Status", "code": answer.head.status, "reason": reason, "message": text})
