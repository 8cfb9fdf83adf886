"""exec, attach and port-forward: who may, into which container, and then the runtime's own streaming server.

Counterpart: getExec, getAttach, getPortForward of pkg/kubelet/server.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from pybernetes.api.errors import APIError
from pybernetes.client.transport import TransportError
from pybernetes.component.streaming import BadRequestHead, RuntimeUnreachable, proxy_upgrade
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.kubelet.runtime_status import PodRuntime
from pybernetes.kubelet.server.authentication import Authenticator
from pybernetes.kubelet.server.authorization import Authorizer
from pybernetes.kubelet.server.request_head import Head, plain_answer

log = logging.getLogger(__name__)


class Refused(Exception):
    """The stream cannot be had."""

    def __init__(self, status: int, reason: str, message: str):
        super().__init__(message)
        self.status, self.reason = status, reason


class FindPod(Protocol):
    """Looks up what runs of a pod by namespace and name; None if there is no such pod here."""

    def __call__(self, namespace: str, name: str) -> PodRuntime | None: ...


class Streams:
    """Answers requests for streams."""

    def __init__(self, runtime: Runtime, find_pod: FindPod, authenticator: Authenticator, authorizer: Authorizer):
        self._runtime = runtime
        self._find_pod = find_pod
        self._authenticator = authenticator
        self._authorizer = authorizer

    async def take(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one stream to its end. The connection is the stream's."""
        try:
            await self._check(head, writer)
            url = await self._url(head)
            await proxy_upgrade(reader, writer, head.raw, url)
        except Refused as refused:
            writer.write(plain_answer(refused.status, refused.reason, f"{refused}\n"))
        except (RuntimeFailure, RuntimeUnreachable, APIError, TransportError) as error:
            log.warning("stream failed", extra={"path": head.path, "error": str(error)})
            writer.write(plain_answer(500, "Internal Server Error", f"{error}\n"))
        except BadRequestHead as error:
            writer.write(plain_answer(400, "Bad Request", f"{error}\n"))
        except OSError as error:
            log.info("stream broke", extra={"path": head.path, "error": str(error)})

    async def _check(self, head: Head, writer: asyncio.StreamWriter) -> None:
        certificate = writer.get_extra_info("peercert")
        user = await self._authenticator.authenticate(certificate, head.headers.get("authorization", ""))
        if user is None:
            raise Refused(401, "Unauthorized", "Unauthorized")
        if not await self._authorizer.is_allowed(user, head.method, head.path):
            raise Refused(403, "Forbidden", self._authorizer.denial(user, head.method, head.path))

    async def _url(self, head: Head) -> str:
        """The runtime's URL for the stream. Raises `Refused`, RuntimeFailure."""
        kind, namespace, name, *rest = head.path.strip("/").split("/") + [""] * 3
        pod = self._find_pod(namespace, name)
        if pod is None:
            raise Refused(404, "Not Found", "pod does not exist")
        if kind == "portForward":
            if not pod.ready_sandboxes:
                raise Refused(404, "Not Found", "pod not found")
            ports = [int(port) for port in head.query.get("port", ()) if port.isdigit()]
            return await self._runtime.port_forward(pod.ready_sandboxes[0].id, ports)
        wanted = [part for part in rest if part]
        container = pod.find(wanted[-1]) if wanted else None
        if container is None or not container.is_running:
            raise Refused(404, "Not Found", f'container not found ("{wanted[-1] if wanted else ""}")')
        streams = {
            "stdin": head.is_set("input", "stdin"),
            "stdout": head.is_set("output", "stdout"),
            "stderr": head.is_set("error", "stderr"),
            "tty": head.is_set("tty"),
        }
        if not any(streams[each] for each in ("stdin", "stdout", "stderr")):
            raise Refused(400, "Bad Request", "you must specify at least 1 of stdin, stdout, stderr")
        if streams["tty"]:
            streams["stderr"] = False  # a terminal has one output
        if kind == "attach":
            return await self._runtime.attach(container.id, **streams)
        command = head.query.get("command") or []
        if not command:
            raise Refused(400, "Bad Request", "you must specify at least one command")
        return await self._runtime.exec(container.id, command, **streams)
