"""The lease by which an API server says that it is there: ``apiserver-<hash of the host's name>`` in kube-system.

It is renewed every ten seconds and good for an hour. Whoever wants to know how many servers run counts those leases;
a server that is gone is forgotten by the others when its lease has ended.
Counterpart: kube-apiserver's identity leases and their garbage collector.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json, format_micro_time, name_of, parse_time
from pybernetes.apiserver.bootstrap.startup import Submit
from pybernetes.component.clock import Clock

log = logging.getLogger(__name__)

RENEW_EVERY_SECONDS = 10.0
LEASE_SECONDS = 3600
_PATH = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
_LABEL = "apiserver.kubernetes.io/identity"
_HASH_BYTES = 16


def identity_of(host: str) -> str:
    """The server's name: the same at each start on a host, and not to be mistaken for the host's."""
    digest = hashlib.sha256(host.encode()).digest()[:_HASH_BYTES]
    return "apiserver-" + base64.b32encode(digest).decode().rstrip("=").lower()


def lease(host: str, holder: str, now: datetime, found: Json | None) -> Json:
    """The lease as it should be: new, or `found` renewed."""
    moment = format_micro_time(now)
    spec: Json = dict((found or {}).get("spec") or {})
    if spec.get("holderIdentity") != holder:
        spec |= {"holderIdentity": holder, "acquireTime": moment}
    spec |= {"leaseDurationSeconds": LEASE_SECONDS, "renewTime": moment}
    labels = {_LABEL: "kube-apiserver", "kubernetes.io/hostname": host}
    if found is not None:
        metadata = {**found["metadata"], "labels": {**(found["metadata"].get("labels") or {}), **labels}}
        return {**found, "metadata": metadata, "spec": spec}
    metadata = {"name": identity_of(host), "namespace": "kube-system", "labels": labels}
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}


def ended(leases: Iterable[Json], now: datetime) -> list[str]:
    """The names of servers' leases that nobody renews any more."""
    names = []
    for one in leases:
        spec = one.get("spec") or {}
        renewed, seconds = spec.get("renewTime"), spec.get("leaseDurationSeconds")
        if not renewed or not seconds or parse_time(renewed) + timedelta(seconds=seconds) < now:
            names.append(name_of(one))
    return names


class IdentityLease:
    """This server's lease, and the end of other servers'."""

    def __init__(self, submit: Submit, clock: Clock, *, host: str, holder: str):
        self._submit = submit
        self._clock = clock
        self._host = host
        self._holder = f"{identity_of(host)}_{holder}"
        self._path = f"{_PATH}/{identity_of(host)}"

    async def renew(self) -> None:
        """Write the lease. Raises `APIError`."""
        try:
            found: Json | None = await self._submit("GET", self._path)
        except APIError as error:
            if not is_not_found(error):
                raise
            found = None
        method, path = ("POST", _PATH) if found is None else ("PUT", self._path)
        try:
            await self._submit(method, path, lease(self._host, self._holder, self._clock.now(), found))
        except APIError as error:
            # Another server of this host was faster; the next turn is soon.
            if not is_conflict(error) and not is_already_exists(error):
                raise

    async def forget_others(self) -> None:
        """Delete the leases that have ended. Raises `APIError`."""
        listed = await self._submit("GET", _PATH)
        servers = (one for one in listed["items"] if (one["metadata"].get("labels") or {}).get(_LABEL))
        for name in ended(servers, self._clock.now()):
            log.info("an API server is gone", extra={"lease": name})
            await self._submit("DELETE", f"{_PATH}/{name}")
