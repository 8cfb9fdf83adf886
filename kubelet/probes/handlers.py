"""One question to a container: a command in it, an HTTP GET, a TCP connection or a gRPC health check.

Counterpart: pkg/probe.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp
import grpc

from pybernetes.api.object import Json
from pybernetes.kubelet.expansion import expand_all
from pybernetes.kubelet.http_get import HTTPGetter, PortError, headers_of, port_number, request_of
from pybernetes.kubelet.pod_actions import ProbeResult
from pybernetes.kubelet.probes import grpc_health
from pybernetes.kubelet.probes.thresholds import timeout_seconds
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import DeadlineExceeded, RuntimeFailure

AGENT = "kube-probe/1.36"
MAX_OUTPUT_BYTES = 10 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask."""

    container: Json
    container_id: str
    pod_ip: str


@dataclass(frozen=True, slots=True)
class Reply:
    """`errored`: the question could not be put, which says nothing of the container's health."""

    result: ProbeResult
    output: str = ""
    errored: bool = False


class Prober:
    """Puts questions."""

    def __init__(self, runtime: Runtime, http: HTTPGetter):
        self._runtime = runtime
        self._http = http

    async def ask(self, spec: Json, target: Target) -> Reply:
        """One probe, in its time limit. Never raises for what a container does."""
        limit = timeout_seconds(spec)
        if spec.get("exec"):
            return await self._exec(spec["exec"].get("command") or [], target, limit)
        if spec.get("httpGet"):
            return await self._http_get(spec["httpGet"], target, limit)
        if spec.get("tcpSocket"):
            return await _tcp(spec["tcpSocket"], target, limit)
        if spec.get("grpc"):
            return await _grpc(spec["grpc"], target, limit)
        return Reply(ProbeResult.UNKNOWN, "missing probe handler", errored=True)

    async def _exec(self, command: list[str], target: Target, limit: float) -> Reply:
        values = {each["name"]: each.get("value") or "" for each in target.container.get("env") or ()}
        try:
            result = await self._runtime.exec_sync(target.container_id, expand_all(command, values), int(limit))
        except DeadlineExceeded:
            return Reply(ProbeResult.FAILURE, f'command timed out: "{" ".join(command)}" timed out after {limit:g}s')
        except RuntimeFailure as error:
            return Reply(ProbeResult.UNKNOWN, str(error), errored=True)
        output = (result.stdout + result.stderr)[:MAX_OUTPUT_BYTES].decode(errors="replace")
        return Reply(ProbeResult.SUCCESS if result.exit_code == 0 else ProbeResult.FAILURE, output)

    async def _http_get(self, action: Json, target: Target, limit: float) -> Reply:
        try:
            url = request_of(action, target.container, target.pod_ip)
        except PortError as error:
            return Reply(ProbeResult.UNKNOWN, str(error), errored=True)
        try:
            answer = await self._http.get(url, headers_of(action, AGENT), limit)
        except TimeoutError:
            what = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            return Reply(ProbeResult.FAILURE, f'Get "{url}": {what}')
        except (aiohttp.ClientError, OSError) as error:
            return Reply(ProbeResult.FAILURE, f'Get "{url}": {_words(error)}')
        if 200 <= answer.status < 400:
            return Reply(ProbeResult.SUCCESS, answer.body)
        return Reply(ProbeResult.FAILURE, f"HTTP probe failed with statuscode: {answer.status}")


def _words(error: Exception) -> str:
    """A failed connection in the words that people search for."""
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(inner, ConnectionRefusedError):
        return "dial tcp: connect: connection refused"
    return str(error) or type(error).__name__


async def _tcp(action: Json, target: Target, limit: float) -> Reply:
    host = action.get("host") or target.pod_ip
    try:
        port = port_number(action["port"], target.container)
    except PortError as error:
        return Reply(ProbeResult.UNKNOWN, str(error), errored=True)
    try:
        async with asyncio.timeout(limit):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Reply(ProbeResult.FAILURE, f"dial tcp {host}:{port}: i/o timeout")
    except OSError as error:
        why = "connection refused" if isinstance(error, ConnectionRefusedError) else str(error)
        return Reply(ProbeResult.FAILURE, f"dial tcp {host}:{port}: connect: {why}")
    writer.close()
    return Reply(ProbeResult.SUCCESS)


async def _grpc(action: Json, target: Target, limit: float) -> Reply:
    host = f"[{target.pod_ip}]" if ":" in target.pod_ip else target.pod_ip
    address, service = f"{host}:{action['port']}", action.get("service") or ""
    try:
        status = await grpc_health.check(address, service, limit, AGENT)
    except grpc.aio.AioRpcError as error:
        if error.code() in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE):
            why = f'failed to connect service "{address}" within {limit:g}s: {error.details()}'
            return Reply(ProbeResult.FAILURE, f"timeout: {why}")
        return Reply(ProbeResult.FAILURE, f"error: rpc error: code = {error.code().name} desc = {error.details()}")
    if status == grpc_health.SERVING:
        return Reply(ProbeResult.SUCCESS)
    name = grpc_health.NAMES.get(status, str(status))
    return Reply(ProbeResult.FAILURE, f'service unhealthy (responded with "{name}")')
