"""Endpoint slices: which addresses stand behind each service.

    services, pods, nodes (informers) → key of a service → endpoints wanted → `slice_plan` → writes

One set of slices for each address family of the service. A terminating pod stays in, marked so, until it is gone:
proxies may still use it when nothing better is left. Slices go with their service by owner reference.

Counterpart: pkg/controller/endpointslice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pybernetes.api.core.pod_conditions import is_pod_ready
from pybernetes.api.errors import APIError
from pybernetes.api.object import (
    Json,
    controller_reference,
    is_deleting,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    object_key,
)
from pybernetes.client.events import WARNING
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.endpoint_pods import (
    HEADLESS_LABEL,
    IPV4,
    IPV6,
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
from pybernetes.controllers.indices import NODE, index_by_node
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

MANAGER = "endpointslice-controller.k8s.io"
_COMPONENT = "endpoint-slice-controller"
_ZONE = "topology.kubernetes.io/zone"
FindNode = Callable[[str], Json | None]


def address_families(service: Json) -> list[str]:
    """The address families that the service has."""
    spec = service["spec"]
    families = spec.get("ipFamilies")
    if families:
        return list(families)
    return [IPV6 if ":" in (spec.get("clusterIP") or "") else IPV4]


def endpoint_ports(service: Json, pod: Json) -> list[Json]:
    """The service's ports as they are in this pod, less those that it does not have."""
    ports = []
    for service_port in service["spec"].get("ports") or ():
        number = find_port(pod, service_port)
        if number is None:
            continue
        port = {
            "name": service_port.get("name") or "",
            "port": number,
            "protocol": service_port.get("protocol") or "TCP",
        }
        if service_port.get("appProtocol"):
            port["appProtocol"] = service_port["appProtocol"]
        ports.append(port)
    return ports


def endpoint_of(service: Json, pod: Json, node: Json | None, addresses: list[str]) -> Json:
    """One endpoint: ready is whether to send to it, serving and terminating say why."""
    serving, terminating = is_pod_ready(pod), is_deleting(pod)
    ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
    endpoint: Json = {
        "addresses": addresses,
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": pod_reference(pod),
    }
    hostname, node_name = hostname_behind(pod, service), (pod.get("spec") or {}).get("nodeName")
    zone = labels_of(node).get(_ZONE) if node else None
    if hostname:
        endpoint["hostname"] = hostname
    if node_name:
        endpoint["nodeName"] = node_name
    if zone:
        endpoint["zone"] = zone
    hints = traffic_hints(service["spec"].get("trafficDistribution"), endpoint) if ready else {}
    if hints:
        endpoint["hints"] = hints
    return endpoint


def traffic_hints(distribution: str | None, endpoint: Json) -> Json:
    """For whom the endpoint is meant first, when the service asks for near ones."""
    hints: Json = {}
    if distribution in ("PreferClose", "PreferSameZone", "PreferSameNode") and endpoint.get("zone"):
        hints["forZones"] = [{"name": endpoint["zone"]}]
    if distribution == "PreferSameNode" and endpoint.get("nodeName"):
        hints["forNodes"] = [{"name": endpoint["nodeName"]}]
    return hints


def wanted_endpoints(service: Json, pods: Iterable[Json], family: str, find_node: FindNode) -> list[Wanted]:
    """The service's endpoints of an address family, by ports.

    A pod on a node that is not there is left out: the pod will go too, or the node will be seen.
    """
    groups: dict[object, Wanted] = {}
    for pod in pods:
        addresses = addresses_of_family(pod, family)
        if not addresses or not belongs_in_endpoints(pod, include_terminating=True):
            continue
        node_name = (pod.get("spec") or {}).get("nodeName") or ""
        node = find_node(node_name)
        if node is None and node_name and not service["spec"].get("publishNotReadyAddresses"):
            continue
        ports = endpoint_ports(service, pod)
        group = groups.setdefault(ports_key(ports), Wanted(ports))
        group.endpoints.append(endpoint_of(service, pod, node, addresses))
    return list(groups.values())


def slice_labels(service: Json) -> dict[str, str]:
    """The service's labels and the ones that say whose the slice is."""
    labels = {key: value for key, value in labels_of(service).items() if key != HEADLESS_LABEL}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return {**labels, SERVICE_NAME: name_of(service), MANAGED_BY: MANAGER}


class EndpointSliceController:
    """See the module's docstring."""

    def __init__(self, context: Context):
        options = context.options
        self._workers, self._limit = options.concurrent_service_endpoint_syncs, options.max_endpoints_per_slice
        self._recorder = context.recorder(_COMPONENT)
        self._queue = context.queue("endpoint_slice")
        self._services = context.informers.informer("services")
        self._pods = index_by_node(context.informers.informer("pods"))
        self._nodes = context.informers.informer("nodes")
        self._slices = context.informers.informer(ENDPOINT_SLICES)
        self._writer = SliceWriter(context.client, self._slices, MANAGER)
        self._times = TriggerTimes()
        self._service_pods = ServicePods(self._services, self._pods, self._queue.add)
        self._slices.add_handler(self._slice_changed, self._slice_updated, self._slice_changed)
        self._nodes.add_handler(on_add=self._node_added, on_update=self._node_updated)

    async def run(self) -> None:
        await wait_synced(self._services, self._pods, self._nodes, self._slices)
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=self._workers)

    def _slice_changed(self, slice: Json) -> None:
        labels = labels_of(slice)
        if labels.get(MANAGED_BY) == MANAGER and labels.get(SERVICE_NAME):
            self._queue.add(object_key(namespace_of(slice), labels[SERVICE_NAME]))

    def _slice_updated(self, slice: Json, old: Json) -> None:
        self._slice_changed(slice)
        if labels_of(slice) != labels_of(old):
            self._slice_changed(old)

    def _node_added(self, node: Json) -> None:
        """Pods that came before their node may have been left out."""
        for pod in self._pods.by_index(NODE, name_of(node)):
            self._service_pods.changed(pod)

    def _node_updated(self, node: Json, old: Json) -> None:
        if labels_of(node).get(_ZONE) != labels_of(old).get(_ZONE):
            self._node_added(node)

    async def reconcile(self, key: str) -> float | None:
        """Make the slices of a service hold what they should."""
        service = self._services.get(key)
        if service is None:
            self._times.forget(key)
            self._writer.forget(key)
            return None
        if not has_endpoints(service) or is_deleting(service) or not self._writer.caught_up(key):
            return None
        try:
            await self._writer.write(key, self._plan(service))
        except APIError as error:
            message = f"Error updating Endpoint Slices for Service {key}: {error}"
            self._recorder.event(service, WARNING, "FailedToUpdateEndpointSlices", message)
            raise
        return None

    def _plan(self, service: Json) -> SlicePlan:
        pods, existing = self._service_pods.behind(service), self._writer.of(key_of(service))
        families, trigger_time = address_families(service), self._times.next(service, pods)
        plan = SlicePlan(delete=[slice for slice in existing if slice["addressType"] not in families])
        for family in families:
            frame = SliceFrame(
                namespace=namespace_of(service),
                generate_name=f"{name_of(service)}-",
                address_type=family,
                labels=slice_labels(service),
                owner=controller_reference({"apiVersion": "v1", "kind": "Service", **service}),
                trigger_time=trigger_time,
            )
            wanted = wanted_endpoints(service, pods, family, self._nodes.get)
            plan += plan_slices(frame, wanted, [s for s in existing if s["addressType"] == family], self._limit)
        return plan


def endpoint_slices(context: Context) -> EndpointSliceController:
    return EndpointSliceController(context)
