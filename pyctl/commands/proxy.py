"""`proxy`: the API on a local port, with our credentials; only for this machine unless told otherwise."""

from __future__ import annotations

import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from pybernetes.api.errors import APIError
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.connection import Connection
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.output.json_text import compact
from pybernetes.pyctl.session import Session

REJECTED = re.compile(r"^/api/.*/pods/.*/exec|^/api/.*/pods/.*/attach")
STREAMED = re.compile(r"[?&](watch|follow)=(true|1)")


def run(session: Session) -> int:
    values = session.values
    hosts = re.compile(values.text("accept-hosts"))
    _ = session.access

    class Handler(BaseHTTPRequestHandler):
        """One local connection; it has a connection to the server of its own."""

        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            self.upstream = Connection(session.access, warn=session.warn)

        def finish(self) -> None:
            self.upstream.close()
            super().finish()

        def _handle(self) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0]
            if not hosts.search(host) or REJECTED.search(self.path):
                self._answer(403, "text/plain", b"Forbidden")
                return
            url = urlsplit(self.path)
            query = parse_qsl(url.query, keep_blank_values=True)
            accept = self.headers.get("Accept") or "*/*"
            try:
                if self.command == "GET" and STREAMED.search(self.path):
                    self._stream(url.path, query, accept)
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                content = self.headers.get("Content-Type") or "application/json"
                answer = self.upstream.request(self.command, url.path, query, body, accept=accept, content=content)
            except APIError as error:
                self._answer(error.code, "application/json", compact(error.status).encode())
            except Failure as error:
                self._answer(502, "text/plain", str(error).encode())
            else:
                self._answer(answer.head.status, answer.head.get("content-type"), answer.body)

        def _stream(self, path: str, query: list[tuple[str, str]], accept: str) -> None:
            pieces = self.upstream.stream(path, query, accept=accept)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()

        def _answer(self, status: int, content: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content or "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _handle

        def log_message(self, format: str, *args: object) -> None:
            if values.number("v") >= 4:
                sys.stderr.write(format % args + "\n")

    try:
        server = ThreadingHTTPServer((values.text("address"), values.number("port")), Handler)
    except OSError as error:
        raise Failure(f"listen tcp {values.text('address')}:{values.text('port')}: bind: {error.strerror}") from error
    server.daemon_threads = True
    address, port = server.server_address[:2]
    session.write(f"Starting to serve on {address!s}:{port}")
    sys.stdout.flush()
    with server:
        server.serve_forever()
    return 0


COMMAND = Command(
    "proxy [--port=PORT] [--address=ADDRESS]",
    "Run a proxy to the Kubernetes API server",
    run,
    (
        Flag("port", "int", 8001, short="p", help="The port on which to run the proxy. 0 picks one."),
        Flag("address", default="127.0.0.1", help="The IP address on which to serve on."),
        Flag("accept-hosts", default=r"^localhost$|^127\.0\.0\.1$|^\[::1\]$", help="Hosts that are accepted."),
    ),
)
