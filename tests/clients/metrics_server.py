"""An aggregated API server of metrics.k8s.io, as far as `kubectl top` asks it: figures for one node and one pod."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from pybernetes.apiserver.pki.ca import create_ca
from pybernetes.apiserver.pki.certificates import issue, server_profile

GROUP_VERSION = "metrics.k8s.io/v1beta1"
NODE, POD = "measured", "worker"
_USAGE = {"timestamp": "2026-01-02T03:04:05Z", "window": "30s"}
_VERBS = ["get", "list"]
_RESOURCES = [
    {"name": "nodes", "singularName": "", "namespaced": False, "kind": "NodeMetrics", "verbs": _VERBS},
    {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": _VERBS},
]


def _answer(path: str) -> Any:
    found = path.partition("?")[0].removeprefix(f"/apis/{GROUP_VERSION}")
    if found == "":
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP_VERSION, "resources": _RESOURCES}
    parts = found.strip("/").split("/")
    if parts[-1] == "nodes":
        return _list("NodeMetrics", {"metadata": {"name": NODE}, **_USAGE, "usage": {"cpu": "500m", "memory": "256Mi"}})
    if parts[-1] == "pods":
        containers = [
            {"name": "main", "usage": {"cpu": "30m", "memory": "20Mi"}},
            {"name": "side", "usage": {"cpu": "12m", "memory": "10Mi"}},
        ]
        metadata = {"name": POD, "namespace": parts[1] if len(parts) > 1 else "default"}
        return _list("PodMetrics", {"metadata": metadata, **_USAGE, "containers": containers})
    return None


def _list(kind: str, item: Any) -> Any:
    items = [{"kind": kind, "apiVersion": GROUP_VERSION, **item}]
    return {"kind": f"{kind}List", "apiVersion": GROUP_VERSION, "metadata": {}, "items": items}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        value = _answer(self.path)
        body = json.dumps(value or {"kind": "Status", "apiVersion": "v1", "code": 404}).encode()
        self.send_response(200 if value else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing is told of requests."""


@contextmanager
def serving(directory: Path) -> Iterator[int]:
    """The port on which it listens."""
    now = datetime.now(UTC)
    pair = issue(create_ca("metrics-ca", now=now), server_profile("metrics", dns_names=["localhost"]), now=now)
    certificate, key = directory / "metrics.crt", directory / "metrics.key"
    certificate.write_bytes(pair.certificate_pem)
    key.write_bytes(pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, name="metrics server")
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
