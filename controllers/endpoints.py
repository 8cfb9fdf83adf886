"""Endpoints: the older form of what endpoint slices say, one object a service, for clients that still read it.

Only the service's first address family is in it, and no more than a thousand addresses. The object goes when the
service does. Counterpart: pkg/controller/endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pybernetes.api.core.pod_conditions import is_pod_ready
from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, deep_copy, is_deleting, key_of, labels_of, name_of, namespace_of, split_key
from pybernetes.client.events import WARNING
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.endpoint_pods import (
    HEADLESS_LABEL,
    TRIGGER_TIME,
    ServicePods,
    TriggerTimes,
    addresses_of_family,
    belongs_in_endpoints,
    find_port,
    has_endpoints,
    hostname_behind,
    is_headless,
    pod_reference,
)
from pybernetes.controllers.endpointslice import address_families
from pybernetes.controllers.pod_control import is_namespace_terminating
from pybernetes.controllers.status_writer import same_value
from pybernetes.controllers.subsets import repack
from pybernetes.controllers.write_tracker import WriteTracker

_COMPONENT = "endpoint-controller"
MANAGED_BY = "endpoints.kubernetes.io/managed-by"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
_MOST_ADDRESSES = 1000  # an object with more would be too large to send to every node at each change


def subsets_of(service: Json, pods: Iterable[Json]) -> list[Json]:
    """The subsets for a service's pods."""
    spec, family = service["spec"], address_families(service)[0]
    tolerate = bool(spec.get("publishNotReadyAddresses"))
    subsets = []
    for pod in pods:
        found = addresses_of_family(pod, family)
        if not found or not belongs_in_endpoints(pod, include_terminating=tolerate):
            continue
        field = "addresses" if tolerate or is_pod_ready(pod) else "notReadyAddresses"
        address = _address(service, pod, found[0])
        if not spec.get("ports") and is_headless(service):
            subsets.append({field: [address]})
        ports = [_port(service_port, pod) for service_port in spec.get("ports") or ()]
        subsets += [{field: [address], "ports": [port]} for port in ports if port]
    return repack(subsets)


def _address(service: Json, pod: Json, ip: str) -> Json:
    address: Json = {"ip": ip, "targetRef": pod_reference(pod)}
    if (pod.get("spec") or {}).get("nodeName"):
        address["nodeName"] = pod["spec"]["nodeName"]
    hostname = hostname_behind(pod, service)
    if hostname:
        address["hostname"] = hostname
    return address


def _port(service_port: Json, pod: Json) -> Json | None:
    number = find_port(pod, service_port)
    if number is None:
        return None
    port: Json = {"port": number, "protocol": service_port.get("protocol") or "TCP"}
    for name in ("name", "appProtocol"):
        if service_port.get(name):
            port[name] = service_port[name]
    return port


def truncate(subsets: Sequence[Json]) -> tuple[list[Json], bool]:
    """At most a thousand addresses, ready ones first, a fair share of each subset; and whether any were left out."""
    total_ready = sum(len(subset.get("addresses") or ()) for subset in subsets)
    total = total_ready + sum(len(subset.get("notReadyAddresses") or ()) for subset in subsets)
    if total <= _MOST_ADDRESSES:
        return list(subsets), False
    room = {"addresses": min(total_ready, _MOST_ADDRESSES)}
    room["notReadyAddresses"] = _MOST_ADDRESSES - room["addresses"]
    totals = {"addresses": total_ready, "notReadyAddresses": total - total_ready}
    kept = []
    for subset in subsets:
        part = dict(subset)
        for field, most in room.items():
            share = len(subset.get(field) or ()) * most // totals[field] if totals[field] else 0
            part.pop(field, None)
            if share:
                part[field] = subset[field][:share]
        if part.get("addresses") or part.get("notReadyAddresses"):
            kept.append(part)
    return kept, True


def wanted_endpoints(service: Json, pods: Iterable[Json], current: Json | None, trigger_time: str) -> Json:
    """The Endpoints object that should be, made from the one that is."""
    subsets, over = truncate(subsets_of(service, pods))
    metadata: Json = deep_copy(current["metadata"]) if current else {"name": name_of(service)}
    metadata["namespace"] = namespace_of(service)
    labels = {key: value for key, value in labels_of(service).items() if key != HEADLESS_LABEL}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    metadata["labels"] = {**labels, MANAGED_BY: _COMPONENT}
    annotations = dict(metadata.get("annotations") or {})
    annotations.pop(TRIGGER_TIME, None)
    annotations.pop(OVER_CAPACITY, None)
    if trigger_time:
        annotations[TRIGGER_TIME] = trigger_time
    if over:
        annotations[OVER_CAPACITY] = "truncated"
    metadata["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets}


def says_the_same(current: Json, wanted: Json) -> bool:
    """Whether a write would change nothing but the time that caused it."""

    def content(endpoints: Json) -> Json:
        annotations = endpoints["metadata"].get("annotations") or {}
        subsets = [{k: v for k, v in subset.items() if v} for subset in repack(endpoints.get("subsets") or ())]
        return {
            "labels": endpoints["metadata"].get("labels"),
            "over": annotations.get(OVER_CAPACITY),
            "subsets": subsets,
        }

    return same_value(content(current), content(wanted))


class EndpointsController:
    """See the module's docstring."""

    def __init__(self, context: Context):
        self._client, self._workers = context.client, context.options.concurrent_endpoint_syncs
        self._recorder = context.recorder(_COMPONENT)
        self._queue = context.queue("endpoint")
        self._services = context.informers.informer("services")
        self._pods = context.informers.informer("pods")
        self._endpoints = context.informers.informer("endpoints")
        self._times = TriggerTimes()
        self._service_pods = ServicePods(self._services, self._pods, self._queue.add)
        self._tracker = WriteTracker(self._endpoints)
        self._endpoints.add_handler(self._changed, lambda new, old: self._changed(new), self._deleted)

    async def run(self) -> None:
        await wait_synced(self._services, self._pods, self._endpoints)
        self._find_left_over()
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=self._workers)

    def _changed(self, endpoints: Json) -> None:
        """Endpoints without a service are somebody else's."""
        if self._services.get(key_of(endpoints)) is not None:
            self._queue.add(key_of(endpoints))

    def _deleted(self, endpoints: Json) -> None:
        self._tracker.seen_deletion(endpoints)
        self._changed(endpoints)

    def _find_left_over(self) -> None:
        """Endpoints of services that went while nobody watched."""
        for endpoints in self._endpoints.items():
            if labels_of(endpoints).get(MANAGED_BY) == _COMPONENT:
                self._queue.add(key_of(endpoints))

    async def reconcile(self, key: str) -> float | None:
        """Make the Endpoints of a service say what they should."""
        service = self._services.get(key)
        if service is None:
            self._times.forget(key)
            self._tracker.forget(key)
            await self._delete(key)
            return None
        if not has_endpoints(service) or is_deleting(service) or not self._tracker.caught_up(key, []):
            return None
        current, pods = self._endpoints.get(key), self._service_pods.behind(service)
        wanted = wanted_endpoints(service, pods, current, self._times.next(service, pods))
        if current is not None and says_the_same(current, wanted):
            return None
        write = self._client.update if current else self._client.create
        try:
            self._tracker.wrote(key, await write("endpoints", wanted))
        except APIError as error:
            if is_namespace_terminating(error):
                return None
            verb = "update" if current else "create"
            message = f"Failed to {verb} endpoint {key}: {error}"
            self._recorder.event(wanted, WARNING, f"FailedTo{verb.capitalize()}Endpoint", message)
            raise
        return None

    async def _delete(self, key: str) -> None:
        """The service is gone: so are its endpoints, whoever made them."""
        if self._endpoints.get(key) is None:
            return
        namespace, name = split_key(key)
        try:
            await self._client.delete("endpoints", name, namespace)
        except APIError as error:
            if not is_not_found(error):
                raise


def endpoints(context: Context) -> EndpointsController:
    return EndpointsController(context)
