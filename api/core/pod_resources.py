"""What a pod asks for and may use, in integers, as the scheduler, the kubelet and quotas count it.

Amounts are a dictionary from resource name to an integer: cpu in thousandths of a core, everything else in whole
units (bytes, pieces), each quantity rounded up.

A pod's amount of a resource is the larger of what its containers need together and what it needs at its worst
moment of starting. Sidecars (init containers with restartPolicy Always) run on beside what follows them, so they
count in the sum, and in the need of every init container after them. Requests set for the pod as a whole replace
the sum, and the overhead of its runtime class is added at the end.

Counterpart: k8s.io/component-helpers/resource (PodRequests, PodLimits) and pkg/apis/core/v1/helper/qos.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import orjson

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.object import Json
from pybernetes.api.quantity import milli, whole

Amounts = dict[str, int]

CPU, MEMORY, EPHEMERAL_STORAGE, PODS = "cpu", "memory", "ephemeral-storage", "pods"
HUGEPAGES_PREFIX = "hugepages-"
GUARANTEED, BURSTABLE, BEST_EFFORT = "Guaranteed", "Burstable", "BestEffort"
_POD_LEVEL = (CPU, MEMORY)
_QOS_RESOURCES = (CPU, MEMORY)
_REMEMBERED_CLASSES = 512


def amount(resource: str, quantity: str) -> int:
    """One quantity as an integer: cpu in milli, anything else in whole units."""
    return milli(quantity) if resource == CPU else whole(quantity)


def amounts(quantities: Mapping[str, str] | None) -> Amounts:
    """A resource list as integers."""
    if not quantities:
        return {}
    return {name: milli(value) if name == CPU else whole(value) for name, value in quantities.items()}


def add(total: Amounts, more: Mapping[str, int]) -> None:
    """Add `more` to `total` in place."""
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def raise_to(total: Amounts, floor: Mapping[str, int]) -> None:
    """Raise each amount of `total` to at least that of `floor`, in place."""
    for name, value in floor.items():
        if value > total.get(name, -1):
            total[name] = value


def is_pod_level_resource(name: str) -> bool:
    """Whether a pod as a whole may set it (IsSupportedPodLevelResource)."""
    return name in _POD_LEVEL or name.startswith(HUGEPAGES_PREFIX)


def pod_requests(pod: Json, *, use_status: bool = False) -> Amounts:
    """The effective requests of a pod. With `use_status`, a resize that is under way counts with the larger amount."""
    spec = pod.get("spec") or {}
    allocated = _status_requests(pod) if use_status else {}
    total = _combined(spec, "requests", allocated)
    for name, value in amounts((spec.get("resources") or {}).get("requests")).items():
        if is_pod_level_resource(name):
            total[name] = value
    if spec.get("overhead"):
        add(total, amounts(spec["overhead"]))
    return total


def pod_limits(pod: Json) -> Amounts:
    """The effective limits of a pod; a resource without a limit is absent. Overhead is added where there is one."""
    spec = pod.get("spec") or {}
    total = _combined(spec, "limits", {})
    for name, value in amounts((spec.get("resources") or {}).get("limits")).items():
        if is_pod_level_resource(name):
            total[name] = value
    for name, value in amounts(spec.get("overhead")).items():
        if total.get(name):
            total[name] += value
    return total


def _combined(spec: Json, part: str, allocated: Mapping[str, Amounts]) -> Amounts:
    total: Amounts = {}
    for container in spec.get("containers") or ():
        add(total, _container_amounts(container, part, allocated))
    if spec.get("initContainers"):
        _count_init_containers(spec["initContainers"], part, allocated, total)
    return total


def _count_init_containers(containers: list[Json], part: str, allocated: Mapping[str, Amounts], total: Amounts) -> None:
    """Add the sidecars to `total`, then raise it to the worst moment of starting."""
    sidecars: Amounts = {}
    worst: Amounts = {}
    for container in containers:
        own = _container_amounts(container, part, allocated)
        if is_sidecar(container):
            add(total, own)
            add(sidecars, own)
            raise_to(worst, sidecars)
        else:
            add(own, sidecars)
            raise_to(worst, own)
    raise_to(total, worst)


def _container_amounts(container: Json, part: str, allocated: Mapping[str, Amounts]) -> Amounts:
    own = amounts((container.get("resources") or {}).get(part))
    if allocated:
        raise_to(own, allocated.get(container.get("name", ""), {}))
    return own


def _status_requests(pod: Json) -> dict[str, Amounts]:
    """What each container has been given and what it has been allocated, whichever is more, by name."""
    status = pod.get("status") or {}
    result = {}
    for entry in [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]:
        held = amounts((entry.get("resources") or {}).get("requests"))
        raise_to(held, amounts(entry.get("allocatedResources")))
        result[entry.get("name", "")] = held
    return result


def qos_class(pod: Json) -> str:
    """Guaranteed, Burstable or BestEffort, as the spec implies it (ComputePodQOS)."""
    spec = pod.get("spec") or {}
    whole_pod = spec.get("resources") or {}
    if whole_pod.get("requests") or whole_pod.get("limits"):
        parts = [whole_pod]
    else:
        containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
        parts = [container.get("resources") or {} for container in containers]
    return _class_of(orjson.dumps(parts))


@lru_cache(_REMEMBERED_CLASSES)
def _class_of(resources: bytes) -> str:
    """The class that follows from these resources, as JSON: pods of one template have the same."""
    parts = orjson.loads(resources)
    requests: Amounts = {}
    limits: Amounts = {}
    guaranteed = True
    for part in parts:
        own_limits = _counted(part.get("limits"))
        add(requests, _counted(part.get("requests")))
        add(limits, own_limits)
        guaranteed = guaranteed and len(own_limits) == len(_QOS_RESOURCES)
    if not requests and not limits:
        return BEST_EFFORT
    if guaranteed and requests == limits:
        return GUARANTEED
    return BURSTABLE


def _counted(quantities: Mapping[str, str] | None) -> Amounts:
    """The amounts that decide the class: cpu and memory, zeros left out."""
    counted = {name: value for name, value in (quantities or {}).items() if name in _QOS_RESOURCES}
    return {name: value for name, value in amounts(counted).items() if value != 0}
