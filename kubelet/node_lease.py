"""The node's heartbeat: a Lease of 40 s in kube-node-lease, renewed every 10 s.

Counterpart: component-helpers/lease.
"""

from __future__ import annotations

import logging

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json, format_micro_time, object_reference
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

NAMESPACE = "kube-node-lease"
KIND = "leases.coordination.k8s.io"
DURATION_SECONDS = 40
RENEW_SECONDS = DURATION_SECONDS / 4
_RETRY_FIRST_SECONDS, _RETRY_MOST_SECONDS = 0.2, 7.0


class NodeLease:
    """Renews the lease of one node."""

    def __init__(self, client: Client, node_name: str, clock: Clock):
        self._client = client
        self._name = node_name
        self._clock = clock
        self._held: Json | None = None

    async def run(self) -> None:
        """Renew until cancelled; a failure is tried again soon."""
        retry = _RETRY_FIRST_SECONDS
        while True:
            try:
                await self.renew()
            except (APIError, TransportError) as error:
                log.warning("lease not renewed", extra={"node": self._name, "error": str(error)})
                self._held = None
                await self._clock.sleep(retry)
                retry = min(retry * 2, _RETRY_MOST_SECONDS)
            else:
                retry = _RETRY_FIRST_SECONDS
                await self._clock.sleep(RENEW_SECONDS)

    async def renew(self) -> None:
        """Write the time into the lease, making it first if need be. Raises `APIError`, `TransportError`."""
        now = format_micro_time(self._clock.now())
        if self._held is not None:
            held = {**self._held, "spec": {**self._held["spec"], "renewTime": now}}
            try:
                self._held = await self._client.update(KIND, held)
            except APIError as error:
                if not (is_conflict(error) or is_not_found(error)):
                    raise
            else:
                return
        self._held = await self._take(now)

    async def _take(self, now: str) -> Json:
        try:
            found = await self._client.get(KIND, self._name, NAMESPACE)
        except APIError as error:
            if not is_not_found(error):
                raise
            return await self._create(now)
        spec = {**(found.get("spec") or {}), **self._spec(now)}
        return await self._client.update(KIND, {**found, "spec": spec})

    async def _create(self, now: str) -> Json:
        lease: Json = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._name, "namespace": NAMESPACE, **await self._owner()},
            "spec": self._spec(now),
        }
        try:
            return await self._client.create(KIND, lease)
        except APIError as error:
            if not is_already_exists(error):
                raise
            return await self._client.get(KIND, self._name, NAMESPACE)

    async def _owner(self) -> Json:
        """The lease goes with its Node; one that is not there yet cannot own it."""
        try:
            node = await self._client.get("nodes", self._name)
        except APIError as error:
            if not is_not_found(error):
                raise
            return {}
        reference = object_reference({"apiVersion": "v1", "kind": "Node", **node})
        return {"ownerReferences": [{key: reference[key] for key in ("apiVersion", "kind", "name", "uid")}]}

    def _spec(self, now: str) -> Json:
        return {"holderIdentity": self._name, "leaseDurationSeconds": DURATION_SECONDS, "renewTime": now}
