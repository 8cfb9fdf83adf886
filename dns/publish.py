"""Keeping this server in the cluster's DNS Service, without a pod.

The Service has no selector, so its EndpointSlices are ours to write: one for each server, named for it. A server that
ends well takes its slice away. One that dies cannot, so beside each slice stands a Lease that its server renews, and
every other server watches: a lease that does not change for its whole duration, by the watcher's own clock, belongs to
a dead server, whose slice and lease the watcher deletes. (A lease and not the slice itself is renewed, since every
proxy would be told of each renewal of a slice.) When the last server dies nobody is left to see it; its slice is then
taken over by the next server of that name, deleted by the next of another name, or collected with its Node, which
owns it if there is one. A server that was thought dead and was not finds its slice gone at its next renewal, and
writes it again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json, format_micro_time, name_of, uid_of
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import Clock
from pybernetes.dns.options import DNSOptions

log = logging.getLogger(__name__)

SLICES, LEASES = "endpointslices.discovery.k8s.io", "leases.coordination.k8s.io"
MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME_LABEL = "kubernetes.io/service-name"
MANAGER = "dns.pybernetes"
RENEW_SECONDS = 10.0
LEASE_SECONDS = 40  # three renewals may fail
_RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where this server is reached. `metrics` 0: nowhere."""

    dns: int
    metrics: int = 0


def service_object(options: DNSOptions) -> Json:
    """The cluster's DNS Service, as add-ons know it."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": options.service_name,
            "namespace": options.service_namespace,
            "labels": {
                "k8s-app": "kube-dns",
                "kubernetes.io/cluster-service": "true",
                "kubernetes.io/name": "CoreDNS",
            },
            "annotations": {"prometheus.io/port": "9153", "prometheus.io/scrape": "true"},
        },
        "spec": {
            "clusterIP": options.cluster_dns,
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
                {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
            ],
        },
    }


def object_name(options: DNSOptions) -> str:
    """What the slice and the lease of this server are called."""
    return f"{options.service_name}-{options.name}"


def slice_object(options: DNSOptions, ports: Ports, node: Json | None) -> Json:
    """The slice that names this server."""
    listed = [
        {"name": "dns", "port": ports.dns, "protocol": "UDP"},
        {"name": "dns-tcp", "port": ports.dns, "protocol": "TCP"},
    ]
    if ports.metrics:
        listed.append({"name": "metrics", "port": ports.metrics, "protocol": "TCP"})
    endpoint: Json = {
        "addresses": [options.publish_address],
        "conditions": {"ready": True, "serving": True, "terminating": False},
    }
    if options.node_name:
        endpoint["nodeName"] = options.node_name
    meta: Json = {
        "name": object_name(options),
        "namespace": options.service_namespace,
        "labels": {SERVICE_NAME_LABEL: options.service_name, MANAGED_BY_LABEL: MANAGER},
    }
    if node is not None:
        meta["ownerReferences"] = [{"apiVersion": "v1", "kind": "Node", "name": name_of(node), "uid": uid_of(node)}]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": meta,
        "addressType": "IPv6" if ":" in options.publish_address else "IPv4",
        "endpoints": [endpoint],
        "ports": listed,
    }


def lease_object(options: DNSOptions, now: datetime) -> Json:
    """The lease that says that this server lives."""
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": object_name(options),
            "namespace": options.service_namespace,
            "labels": {MANAGED_BY_LABEL: MANAGER},
        },
        "spec": {
            "holderIdentity": options.name,
            "leaseDurationSeconds": LEASE_SECONDS,
            "renewTime": format_micro_time(now),
        },
    }


def same_slice(found: Json, wanted: Json) -> bool:
    """Whether the slice that is there says what it should."""
    fields = ("addressType", "endpoints", "ports")
    labels, owners = found["metadata"].get("labels") or {}, found["metadata"].get("ownerReferences") or []
    return (
        all(found.get(field) == wanted[field] for field in fields)
        and wanted["metadata"]["labels"].items() <= labels.items()
        and owners == wanted["metadata"].get("ownerReferences", [])
    )


class DeathWatch:
    """Notices who has stopped renewing, by how long a lease has looked the same from here."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, float]] = {}

    def dead(self, renewals: Mapping[str, str], now: float) -> list[str]:
        """Names whose renewal has not changed for `LEASE_SECONDS`. No lease at all is a renewal that never changes."""
        self._seen = {name: seen for name, seen in self._seen.items() if name in renewals}
        for name, renewed in renewals.items():
            if name not in self._seen or self._seen[name][0] != renewed:
                self._seen[name] = (renewed, now)
        return sorted(name for name, (_, since) in self._seen.items() if now - since >= LEASE_SECONDS)


class Publisher:
    """Keeps the Service, this server's slice and its lease, and clears up after the dead."""

    def __init__(self, client: Client, options: DNSOptions, ports: Ports, clock: Clock):
        self._client = client
        self._options = options
        self._ports = ports
        self._clock = clock
        self._watch = DeathWatch()
        self._published = False

    async def run(self) -> None:
        """Publish and renew until cancelled. Errors of the API are waited out."""
        while True:
            try:
                await self.step()
                wait = RENEW_SECONDS
            except (APIError, TransportError) as error:
                log.warning("not published, trying again", extra={"error": str(error)})
                wait = _RETRY_SECONDS
            await self._clock.sleep(wait)

    async def step(self) -> None:
        """One renewal. Raises `APIError`, `TransportError`."""
        if not self._published:
            await self._ensure_service()
        await self._renew_lease()
        await self._ensure_slice()
        self._published = True
        await self._clear_up()

    async def withdraw(self) -> None:
        """Take this server out of the Service. Raises `APIError`, `TransportError`."""
        for kind in (SLICES, LEASES):
            await self._delete(kind, object_name(self._options))

    async def _ensure_service(self) -> None:
        wanted = service_object(self._options)
        namespace = self._options.service_namespace
        try:
            found = await self._client.get("services", self._options.service_name, namespace)
        except APIError as error:
            if not is_not_found(error):
                raise
            try:
                found = await self._client.create("services", wanted)
            except APIError as second:
                if not is_already_exists(second):
                    raise
                return
        address = (found.get("spec") or {}).get("clusterIP")
        if address != self._options.cluster_dns:
            facts = {"address": address, "expected": self._options.cluster_dns}
            log.warning("the cluster's DNS Service has another address than pods are told", extra=facts)

    async def _renew_lease(self) -> None:
        wanted = lease_object(self._options, self._clock.now())
        try:
            patch = {"spec": wanted["spec"]}
            await self._client.patch(LEASES, object_name(self._options), patch, self._options.service_namespace)
        except APIError as error:
            if not is_not_found(error):
                raise
            await self._client.create(LEASES, wanted)

    async def _ensure_slice(self) -> None:
        wanted = slice_object(self._options, self._ports, await self._node())
        try:
            found = await self._client.get(SLICES, object_name(self._options), self._options.service_namespace)
        except APIError as error:
            if not is_not_found(error):
                raise
            await self._client.create(SLICES, wanted)
            return
        if same_slice(found, wanted):
            return
        wanted["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
        try:
            await self._client.update(SLICES, wanted)
        except APIError as error:
            if not is_conflict(error):
                raise
            log.info("slice changed under us, looking again at the next renewal")

    async def _node(self) -> Json | None:
        """The Node that owns the slice, if this server runs on one."""
        if not self._options.node_name:
            return None
        try:
            return await self._client.get("nodes", self._options.node_name)
        except APIError as error:
            if is_not_found(error):
                return None
            raise

    async def _clear_up(self) -> None:
        selector, namespace = f"{MANAGED_BY_LABEL}={MANAGER}", self._options.service_namespace
        slices = await self._client.list(SLICES, namespace, label_selector=selector)
        leases = await self._client.list(LEASES, namespace, label_selector=selector)
        renewals = {name_of(obj): "" for obj in slices.get("items") or ()}
        for lease in leases.get("items") or ():
            renewals[name_of(lease)] = str((lease.get("spec") or {}).get("renewTime") or "")
        renewals.pop(object_name(self._options), None)
        for name in self._watch.dead(renewals, self._clock.monotonic()):
            log.warning("a DNS server died, taking it out of the Service", extra={"slice": name})
            await self._delete(SLICES, name)
            await self._delete(LEASES, name)

    async def _delete(self, kind: str, name: str) -> None:
        try:
            await self._client.delete(kind, name, self._options.service_namespace)
        except APIError as error:
            if not is_not_found(error):
                raise
