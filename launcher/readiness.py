"""Whether a cluster is ready: asked of its API, as any client would, with nothing but the standard library.

admin.conf -> one TLS connection, kept -> /readyz, default service account, nodes, DNS -> what is still missing
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pybernetes.launcher.plan import Plan

_TIMEOUT_SECONDS = 5.0


class Api:
    """The cluster's API as its administrator. A connection that broke is made anew by the next question."""

    def __init__(self, kubeconfig: Path):
        content = json.loads(kubeconfig.read_text())
        server, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
        self._address = urlsplit(server["server"])
        self._context = ssl.create_default_context(cadata=_text(server["certificate-authority-data"]))
        with tempfile.NamedTemporaryFile("w", prefix="pybernetes-") as file:  # ssl reads keys from files only
            os.fchmod(file.fileno(), 0o600)
            file.write(_text(user["client-certificate-data"]) + _text(user["client-key-data"]))
            file.flush()
            self._context.load_cert_chain(file.name)
        self._connection: http.client.HTTPSConnection | None = None

    def get(self, path: str) -> Any:
        """The JSON (or text) of a path; None if it is not there, or nobody answers."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection(
                    self._address.hostname or "", self._address.port, timeout=_TIMEOUT_SECONDS, context=self._context
                )
            self._connection.request("GET", path, headers={"Accept": "application/json"})
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection = None
            return None
        if answer.status != 200:
            return None
        return json.loads(body) if body[:1] in b"{[" else body.decode()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _text(data: str) -> str:
    return base64.b64decode(data).decode()


def missing(api: Api, plan: Plan, since: datetime) -> str:
    """What a cluster that was started at `since` is still waiting for; "" when it is ready."""
    if not api.get("/readyz"):
        return "API server"
    if not api.get("/api/v1/namespaces/default/serviceaccounts/default"):
        return "controllers"
    if not plan.node_count:
        return ""
    nodes = {node["metadata"]["name"]: node for node in (api.get("/api/v1/nodes") or {}).get("items", ())}
    waiting = [node.name for node in plan.nodes if not is_ready(nodes.get(node.name), since)]
    if waiting:
        return ", ".join(waiting)
    selector = "labelSelector=kubernetes.io%2Fservice-name%3Dkube-dns"
    slices = api.get(f"/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices?{selector}") or {}
    return "" if any(item.get("endpoints") for item in slices.get("items", ())) else "DNS"


def is_ready(node: Any, since: datetime) -> bool:
    """Whether a Node has said since then that it is ready: what it said in an earlier life does not count. Pure."""
    conditions = ((node or {}).get("status") or {}).get("conditions") or ()
    ready = next((each for each in conditions if each["type"] == "Ready"), None)
    if ready is None or ready["status"] != "True":
        return False
    heard = datetime.fromisoformat(ready["lastHeartbeatTime"].replace("Z", "+00:00"))
    return heard >= since.astimezone(UTC).replace(microsecond=0)
