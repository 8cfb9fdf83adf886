"""Whether aggregated API servers can be reached: the condition Available of their APIServices.

    service there → listens on the port → has ready endpoints → answers its discovery document → Passed

Every APIService is looked at when it, its service or its endpoints change, and every half minute besides; one that is
not available sooner. The first check that fails gives the reason. Counterpart: remote_available_controller.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json, condition_of, labels_of, set_condition
from pybernetes.apiserver.aggregation.connection import Connections, Unreachable
from pybernetes.apiserver.aggregation.remote import APISERVICES, Remote, Remotes
from pybernetes.apiserver.service_address import service_address
from pybernetes.apiserver.state import State
from pybernetes.apiserver.user import MASTERS_GROUP, User

log = logging.getLogger(__name__)

Submit = Callable[[str, str, Json | None], Awaitable[Json]]
AGGREGATOR = User("system:kube-aggregator", (MASTERS_GROUP,))
_SLICES = "endpointslices.discovery.k8s.io"
_PATH = "/apis/apiregistration.k8s.io/v1/apiservices"
_CHECK_SECONDS = 5.0
_AGAIN_SECONDS = 30.0
_FIRST_RETRY_SECONDS = 0.2

Finding = tuple[str, str, str]  # status, reason, message
PASSED: Finding = ("True", "Passed", "all checks passed")


class Availability:
    """Checks all remote APIServices and writes what it finds."""

    def __init__(self, state: State, submit: Submit, remotes: Remotes, connections: Connections):
        self._state, self._submit = state, submit
        self._remotes, self._connections = remotes, connections
        self._due = asyncio.Event()
        self._retry_seconds = _AGAIN_SECONDS
        for resource in ("services", _SLICES):
            state.cache.subscribe(resource, self._on_change)

    def look(self) -> None:
        """Look at all of them soon."""
        self._retry_seconds = _FIRST_RETRY_SECONDS
        self._due.set()

    def _on_change(self, key: str, new: Json | None, old: Json | None) -> None:
        if self._remotes.by_version:
            obj = new or old or {}
            name = labels_of(obj).get("kubernetes.io/service-name") or obj["metadata"]["name"]
            if any(one.service == name for one in self._remotes.by_version.values()):
                self.look()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            waiting = asyncio.create_task(self._due.wait(), name="changes of API services")
            pause = asyncio.create_task(self._state.clock.sleep(self._retry_seconds), name="time to look again")
            try:
                await asyncio.wait((waiting, pause), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                pause.cancel()
            self._due.clear()
            if self._remotes.by_version:
                good = await asyncio.gather(*(self._look_at(one) for one in self._remotes.all()))
                self._retry_seconds = _AGAIN_SECONDS if all(good) else min(_AGAIN_SECONDS, self._retry_seconds * 2)
            else:
                self._retry_seconds = _AGAIN_SECONDS

    async def _look_at(self, remote: Remote) -> bool:
        """Whether it is available and its condition says so."""
        try:
            finding = await self.check(remote)
            await self._write(remote.name, finding)
        except APIError as error:
            if not (is_conflict(error) or is_not_found(error)):
                log.warning(
                    "an API service could not be seen to", extra={"api_service": remote.name, "error": str(error)}
                )
            return False
        return finding == PASSED

    async def check(self, remote: Remote) -> Finding:
        place = f'service/{remote.service} in "{remote.namespace}"'
        service = self._state.cache.get("services", remote.service, remote.namespace)
        if service is None:
            return "False", "ServiceNotFound", f"{place} is not present"
        spec = service.get("spec") or {}
        if spec.get("type") == "ClusterIP":
            port = next((one for one in spec.get("ports") or () if one["port"] == remote.port), None)
            if port is None:
                return "False", "ServicePortError", f"{place} is not listening on port {remote.port}"
            found = self._check_endpoints(remote, place, port.get("name") or "")
            if found is not None:
                return found
        return await self._check_discovery(remote)

    def _check_endpoints(self, remote: Remote, place: str, port_name: str) -> Finding | None:
        slices = [
            one
            for one in self._state.cache.list(_SLICES, remote.namespace)
            if labels_of(one).get("kubernetes.io/service-name") == remote.service
        ]
        if not slices:
            return "False", "EndpointsNotFound", f"cannot find endpointslices for {place}"
        for one in slices:
            ready = any((e.get("conditions") or {}).get("ready") is not False for e in one.get("endpoints") or ())
            if ready and any((p.get("name") or "") == port_name for p in one.get("ports") or ()):
                return None
        message = f'endpointslices for {place} have no addresses with port name "{port_name}"'
        return "False", "MissingEndpoints", message

    async def _check_discovery(self, remote: Remote) -> Finding:
        """Ask for a document that it must have. Its certificate is not looked at here: requests will do that."""
        try:
            host, port = service_address(self._state.cache, remote.namespace, remote.service, remote.port)
        except APIError as error:
            return "False", "FailedDiscoveryCheck", error.message
        shown = f"https://{f'[{host}]' if ':' in host else host}:{port}{remote.path}"
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                answer = await self._connections.request(remote, "GET", remote.path, user=AGGREGATOR, insecure=True)
                answer.release()
        except (Unreachable, TimeoutError) as error:
            why = f'Get "{shown}": {error or "context deadline exceeded"}'
            return "False", "FailedDiscoveryCheck", f"failing or missing response from {shown}: {why}"
        if not 200 <= answer.status < 300:
            why = f"bad status from {shown}: {answer.status}"
            return "False", "FailedDiscoveryCheck", f"failing or missing response from {shown}: {why}"
        return PASSED

    async def _write(self, name: str, finding: Finding) -> None:
        await write_condition(self._state, self._submit, name, finding)


async def write_condition(state: State, submit: Submit, name: str, finding: Finding) -> None:
    """Say in an APIService whether it is available, if it does not say so yet. Raises `APIError`."""
    current = state.cache.get(APISERVICES, name)
    if current is None:
        return
    status, reason, message = finding
    wanted = {"type": "Available", "status": status, "reason": reason, "message": message}
    found = condition_of(current, "Available") or {}
    if all(found.get(key) == value for key, value in wanted.items()):
        return
    before = (current.get("status") or {}).get("conditions") or ()
    conditions = set_condition(before, wanted, state.timestamp())
    await submit("PUT", f"{_PATH}/{name}/status", {**current, "status": {"conditions": conditions}})
