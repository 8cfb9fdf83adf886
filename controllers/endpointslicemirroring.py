"""Slices for Endpoints that somebody wrote by hand, so that proxies need to read slices only.

Mirrored is what belongs to a service without selector. Left alone is what asks for it by label, what holds a leader
election, and what our own endpoints controller made. Each subset becomes slices, at most a thousand addresses of it.
The slices belong to the Endpoints object and go with it.

Counterpart: pkg/controller/endpointslicemirroring.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.object import (
    Json,
    annotations_of,
    controller_reference,
    is_deleting,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    object_key,
)
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.endpoint_pods import IPV4, IPV6, TRIGGER_TIME
from pybernetes.controllers.slice_plan import (
    MANAGED_BY,
    SERVICE_NAME,
    SliceFrame,
    SlicePlan,
    Wanted,
    plan_slices,
    ports_key,
)
from pybernetes.controllers.slice_writer import ENDPOINT_SLICES, SliceWriter

MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP_LABEL = "endpointslice.kubernetes.io/skip-mirror"
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_COMPONENT = "endpointslice-mirroring-controller"


def should_mirror(endpoints: Json, service: Json | None) -> bool:
    """Whether the Endpoints object needs slices of ours."""
    if service is None or service["spec"].get("selector") or is_deleting(endpoints):
        return False
    return labels_of(endpoints).get(SKIP_LABEL) != "true" and _LEADER not in annotations_of(endpoints)


def mirrored_endpoints(endpoints: Json, family: str, most: int) -> list[Wanted]:
    """The endpoints of an address family, by ports; `most` of each subset."""
    groups: dict[object, Wanted] = {}
    for subset in endpoints.get("subsets") or ():
        ports = [_port(port) for port in subset.get("ports") or ()]
        addresses = [(address, True) for address in subset.get("addresses") or ()]
        addresses += [(address, False) for address in subset.get("notReadyAddresses") or ()]
        chosen = [(a, ready) for a, ready in addresses[:most] if (":" in a["ip"]) == (family == IPV6)]
        if chosen:
            group = groups.setdefault(ports_key(ports), Wanted(ports))
            group.endpoints += _unique(_endpoint(address, ready) for address, ready in chosen)
    return list(groups.values())


def _port(port: Json) -> Json:
    return {"name": "", "protocol": "TCP", **port}


def _endpoint(address: Json, ready: bool) -> Json:
    endpoint: Json = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for name in ("hostname", "nodeName", "targetRef"):
        if address.get(name):
            endpoint[name] = address[name]
    return endpoint


def _unique(endpoints: Iterable[Json]) -> list[Json]:
    return list({(endpoint["addresses"][0], endpoint.get("hostname")): endpoint for endpoint in endpoints}.values())


def frame_of(endpoints: Json, family: str) -> SliceFrame:
    """What the slices of an Endpoints object have alike: its labels and annotations, and it as owner."""
    reserved = (SERVICE_NAME, MANAGED_BY)
    labels = {key: value for key, value in labels_of(endpoints).items() if key not in reserved}
    notes = annotations_of(endpoints)
    return SliceFrame(
        namespace=namespace_of(endpoints),
        generate_name=f"{name_of(endpoints)}-",
        address_type=family,
        labels={**labels, SERVICE_NAME: name_of(endpoints), MANAGED_BY: MANAGER},
        owner=controller_reference({"apiVersion": "v1", "kind": "Endpoints", **endpoints}),
        annotations={key: value for key, value in notes.items() if key not in (_LAST_APPLIED, TRIGGER_TIME)},
        trigger_time=notes.get(TRIGGER_TIME, ""),
    )


class EndpointSliceMirroringController:
    """See the module's docstring."""

    def __init__(self, context: Context):
        options = context.options
        self._workers = options.mirroring_concurrent_service_endpoint_syncs
        self._limit = options.max_endpoints_per_slice
        self._most = options.mirroring_max_endpoints_per_subset
        self._queue = context.queue("endpoint_slice_mirroring")
        self._services = context.informers.informer("services")
        self._endpoints = context.informers.informer("endpoints")
        self._slices = context.informers.informer(ENDPOINT_SLICES)
        self._writer = SliceWriter(context.client, self._slices, MANAGER)
        self._services.add_handler(self._enqueue, lambda new, old: self._enqueue(new), self._enqueue)
        self._endpoints.add_handler(self._enqueue, lambda new, old: self._enqueue(new), self._enqueue)
        self._slices.add_handler(self._slice_changed, lambda new, old: self._slice_changed(new), self._slice_changed)

    async def run(self) -> None:
        await wait_synced(self._services, self._endpoints, self._slices)
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=self._workers)

    def _enqueue(self, obj: Json) -> None:
        self._queue.add(key_of(obj))

    def _slice_changed(self, slice: Json) -> None:
        labels = labels_of(slice)
        if labels.get(MANAGED_BY) == MANAGER and labels.get(SERVICE_NAME):
            self._queue.add(object_key(namespace_of(slice), labels[SERVICE_NAME]))

    async def reconcile(self, key: str) -> float | None:
        """Make the mirrored slices of an Endpoints object say what it says."""
        endpoints = self._endpoints.get(key)
        if not self._writer.caught_up(key):
            return None
        existing = self._writer.of(key)
        if endpoints is None or not should_mirror(endpoints, self._services.get(key)):
            for slice in existing:
                await self._writer.delete(key, slice)
            return None
        await self._writer.write(key, self._plan(endpoints, existing))
        return None

    def _plan(self, endpoints: Json, existing: list[Json]) -> SlicePlan:
        plan = SlicePlan()
        wanted = {family: mirrored_endpoints(endpoints, family, self._most) for family in (IPV4, IPV6)}
        for family, groups in wanted.items():
            mine = [slice for slice in existing if slice["addressType"] == family]
            if groups or (family == IPV4 and not any(wanted.values())):  # with no endpoints at all: one empty slice
                plan += plan_slices(frame_of(endpoints, family), groups, mine, self._limit)
            else:
                plan.delete += mine
        return plan


def endpoint_slice_mirroring(context: Context) -> EndpointSliceMirroringController:
    return EndpointSliceMirroringController(context)
