"""What services and pods have to do with each other: which pods stand behind a service, at which addresses and ports.

Shared by the endpoints and the endpoint slice controllers. The upper half is pure; `ServicePods` turns changes of
pods into the keys of the services that they concern.

Counterparts: k8s.io/endpointslice/util, pkg/api/v1/pod.FindPort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pybernetes.api.core.pod_conditions import is_pod_ready, is_sidecar, is_terminal, pod_condition
from pybernetes.api.object import Json, is_deleting, key_of, labels_of, name_of, namespace_of, object_key, uid_of
from pybernetes.api.selectors import selector_from_labels
from pybernetes.client.informer import Informer

IPV4 = "IPv4"
IPV6 = "IPv6"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
HEADLESS_LABEL = "service.kubernetes.io/headless"


def has_endpoints(service: Json) -> bool:
    """Whether we make endpoints for the service: it has a selector and is no mere alias."""
    spec = service.get("spec") or {}
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName"


def is_headless(service: Json) -> bool:
    return (service.get("spec") or {}).get("clusterIP") == "None"


def pod_addresses(pod: Json) -> list[str]:
    status = pod.get("status") or {}
    addresses = [entry["ip"] for entry in status.get("podIPs") or () if entry.get("ip")]
    return addresses or ([status["podIP"]] if status.get("podIP") else [])


def addresses_of_family(pod: Json, family: str) -> list[str]:
    return [address for address in pod_addresses(pod) if (":" in address) == (family == IPV6)]


def belongs_in_endpoints(pod: Json, *, include_terminating: bool) -> bool:
    """The pod has an address and will go on to have it (ShouldPodBeInEndpoints)."""
    if is_terminal(pod) or not pod_addresses(pod):
        return False
    return include_terminating or not is_deleting(pod)


def find_port(pod: Json, service_port: Json) -> int | None:
    """The number of the container port that a service port means in this pod; None when the pod has no such name."""
    target = service_port.get("targetPort") or service_port.get("port")
    if isinstance(target, int):
        return target
    spec, protocol = pod.get("spec") or {}, service_port.get("protocol") or "TCP"
    sidecars = [container for container in spec.get("initContainers") or () if is_sidecar(container)]
    for container in [*(spec.get("containers") or ()), *sidecars]:
        for port in container.get("ports") or ():
            if port.get("name") == target and (port.get("protocol") or "TCP") == protocol:
                return int(port["containerPort"])
    return None


def hostname_behind(pod: Json, service: Json) -> str:
    """The name that the pod has under the service's, if it asked for one (ShouldSetHostname)."""
    spec = pod.get("spec") or {}
    same = spec.get("subdomain") == name_of(service) and namespace_of(pod) == namespace_of(service)
    return str(spec.get("hostname") or "") if same else ""


def pod_reference(pod: Json) -> Json:
    return {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": uid_of(pod)}


def what_counts(pod: Json) -> tuple[Any, ...]:
    """All of a pod that endpoints are made of: when this is the same, so are they."""
    spec = pod.get("spec") or {}
    return (
        labels_of(pod),
        pod_addresses(pod),
        is_pod_ready(pod),
        is_deleting(pod),
        is_terminal(pod),
        spec.get("nodeName"),
        spec.get("hostname"),
        spec.get("subdomain"),
    )


class ServicePods:
    """Tells which services a change of a pod concerns, and which pods a service has."""

    def __init__(self, services: Informer, pods: Informer, enqueue: Callable[[str], None]):
        self._services, self._pods, self._enqueue = services, pods, enqueue
        services.add_handler(
            lambda service: enqueue(key_of(service)),
            lambda new, old: enqueue(key_of(new)),
            lambda service: enqueue(key_of(service)),
        )
        pods.add_handler(self.changed, self._pod_updated, self.changed)

    def behind(self, service: Json) -> list[Json]:
        """The pods that the service selects."""
        selector = selector_from_labels(service["spec"].get("selector"))
        return [pod for pod in self._pods.items(namespace_of(service)) if selector.matches(labels_of(pod))]

    def changed(self, pod: Json) -> None:
        for key in self._selecting(pod):
            self._enqueue(key)

    def _pod_updated(self, pod: Json, old: Json) -> None:
        if what_counts(pod) == what_counts(old):
            return
        self.changed(pod)
        if labels_of(pod) != labels_of(old):
            self.changed(old)

    def _selecting(self, pod: Json) -> Iterable[str]:
        labels = labels_of(pod)
        for service in self._services.items(namespace_of(pod)):
            selector = (service.get("spec") or {}).get("selector")
            if selector and selector.items() <= labels.items():
                yield object_key(namespace_of(service), name_of(service))


class TriggerTimes:
    """When what a service's endpoints show came about: the earliest change since they were last worked out.

    Written on the endpoints, so that the time from a pod being ready to a proxy sending to it can be measured.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, dict[str, str]]] = {}

    def next(self, service: Json, pods: Iterable[Json]) -> str:
        """The time to write, or nothing when only deletions happened."""
        key = key_of(service)
        service_time = str(service["metadata"].get("creationTimestamp") or "")
        times = {name_of(pod): _ready_since(pod) for pod in pods}
        last_service, last_pods = self._seen.get(key, ("", {}))
        changed = [time for name, time in times.items() if time > last_pods.get(name, "")]
        if service_time > last_service:
            changed.append(service_time)
        self._seen[key] = (service_time, times)
        return min(changed, default="")

    def forget(self, key: str) -> None:
        self._seen.pop(key, None)


def _ready_since(pod: Json) -> str:
    condition = pod_condition(pod, "Ready")
    return str(condition.get("lastTransitionTime") or "") if condition else ""
