"""Hooks: what runs in or against a container right after its start and right before its end.

Counterpart: pkg/kubelet/lifecycle/handlers.go.
"""

from __future__ import annotations

import aiohttp

from pybernetes.api.object import Json
from pybernetes.component.clock import Clock
from pybernetes.kubelet.http_get import HTTPGetter, PortError, headers_of, request_of
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure

_AGENT = "kube-lifecycle/1.36"
_MAX_HOOK_SECONDS = 24 * 3600


class HookError(Exception):
    """The hook failed; the message says how."""


class Hooks:
    """Runs postStart and preStop handlers."""

    def __init__(self, runtime: Runtime, http: HTTPGetter, clock: Clock):
        self._runtime = runtime
        self._http = http
        self._clock = clock

    async def run(self, handler: Json, container: Json, container_id: str, pod_ip: str) -> None:
        """Run one handler to its end; the caller bounds the time. Raises `HookError`."""
        if handler.get("exec"):
            await self._exec(handler["exec"].get("command") or [], container_id)
        elif handler.get("httpGet"):
            await self._http_get(handler["httpGet"], container, pod_ip)
        elif handler.get("sleep"):
            await self._clock.sleep(float(handler["sleep"]["seconds"]))
        else:
            raise HookError(f"invalid handler: {', '.join(handler) or 'empty'}")

    async def _exec(self, command: list[str], container_id: str) -> None:
        try:
            result = await self._runtime.exec_sync(container_id, command, _MAX_HOOK_SECONDS)
        except RuntimeFailure as error:
            raise HookError(str(error)) from error
        if result.exit_code != 0:
            output = (result.stdout + result.stderr).decode(errors="replace")
            raise HookError(f"command '{' '.join(command)}' exited with {result.exit_code}: {output}")

    async def _http_get(self, action: Json, container: Json, pod_ip: str) -> None:
        try:
            url = request_of(action, container, pod_ip)
            answer = await self._http.get(url, headers_of(action, _AGENT), _MAX_HOOK_SECONDS)
        except (aiohttp.ClientError, OSError, PortError) as error:
            raise HookError(str(error) or type(error).__name__) from error
        if answer.status >= 400:
            raise HookError(f"HTTP status code {answer.status}")
