"""Cgroup settings of a pod and of its containers from what they request and are limited to. Pure.

Counterparts: ResourceConfigForPod, generateLinuxContainerResources.
"""

from __future__ import annotations

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.core.pod_resources import CPU, MEMORY, amounts, pod_limits, pod_requests, qos_class
from pybernetes.api.object import Json
from pybernetes.kubelet.pod_spec import all_containers, app_containers, init_containers, is_critical, spec_of
from pybernetes.kubelet.runtime import resources as kernel
from pybernetes.kubelet.runtime.resources import CgroupLimits, QOSClass
from pybernetes.kubelet.runtime.types import Resources


def qos_of(pod: Json) -> QOSClass:
    """The class as it was fixed when the pod was made, or as its spec implies."""
    return QOSClass((pod.get("status") or {}).get("qosClass") or qos_class(pod))


def pod_cgroup_limits(pod: Json, pids: int | None) -> CgroupLimits:
    """The pod's own cgroup. A limit that not every container declares is no limit of the pod."""
    requests, limits = pod_requests(pod), pod_limits(pod)
    return kernel.pod_limits(
        qos_of(pod),
        requests.get(CPU, 0),
        limits.get(CPU) if _all_declare(pod, CPU) else None,
        limits.get(MEMORY) if _all_declare(pod, MEMORY) else None,
        pids,
    )


def _all_declare(pod: Json, resource: str) -> bool:
    if ((spec_of(pod).get("resources") or {}).get("limits") or {}).get(resource):
        return True
    specs = [*init_containers(pod), *app_containers(pod)]
    return all(amounts((spec.get("resources") or {}).get("limits")).get(resource) for spec in specs)


def burstable_shares(pods: list[Json]) -> int:
    """cpu.shares of the burstable class: what its pods request together."""
    burstable = (pod for pod in pods if qos_of(pod) is QOSClass.BURSTABLE)
    return kernel.milli_cpu_to_shares(sum(pod_requests(pod).get(CPU, 0) for pod in burstable))


def container_resources(pod: Json, container: Json, node_memory_bytes: int, cgroup_version: int) -> Resources:
    """One container's cgroup and OOM score."""
    wanted = container.get("resources") or {}
    requests, limits = amounts(wanted.get("requests")), amounts(wanted.get("limits"))
    cpu = requests.get(CPU) if CPU in requests else limits.get(CPU, 0)
    quota = kernel.milli_cpu_to_quota(limits.get(CPU, 0))
    memory = limits.get(MEMORY, 0)
    return Resources(
        cpu_period=kernel.CFS_PERIOD_MICROSECONDS if quota else 0,
        cpu_quota=quota,
        cpu_shares=kernel.milli_cpu_to_shares(cpu or 0),
        memory_limit_in_bytes=memory,
        oom_score_adj=_oom_score(pod, container, requests.get(MEMORY, 0), node_memory_bytes),
        unified={"memory.oom.group": "1"} if cgroup_version == 2 else {},
    )


def _oom_score(pod: Json, container: Json, memory_request: int, node_memory_bytes: int) -> int:
    """A sidecar is protected as well as the best protected container of the app."""
    qos, critical = qos_of(pod), is_critical(pod)
    score = kernel.oom_score_adj(qos, memory_request, node_memory_bytes, critical)
    if not is_sidecar(container):
        return score
    others = [
        amounts((spec.get("resources") or {}).get("requests")).get(MEMORY, 0)
        for kind, spec in all_containers(pod)
        if spec in app_containers(pod)
    ]
    lowest = min((kernel.oom_score_adj(qos, other, node_memory_bytes, critical) for other in others), default=score)
    return min(score, lowest)
