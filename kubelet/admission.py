"""Whether this node takes a pod that was bound to it. Pure. Counterpart: the kubelet's lifecycle predicates.

The scheduler decided on what it knew; the node checks again, since pods may arrive from elsewhere (static pods, a
second scheduler, a stale view). A pod that is turned away is Failed at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pybernetes.api.core.pod_resources import CPU, EPHEMERAL_STORAGE, MEMORY, PODS, add, amounts, pod_requests
from pybernetes.api.core.taints import NO_EXECUTE, untolerated_taint
from pybernetes.api.object import Json, labels_of, name_of
from pybernetes.api.selectors import selector_from_object
from pybernetes.kubelet.pod_spec import host_ports, is_static, spec_of

_REASONS = {CPU: "OutOfcpu", MEMORY: "OutOfmemory", EPHEMERAL_STORAGE: "OutOfephemeral-storage", PODS: "OutOfpods"}
_NODE_NAME_FIELD = "metadata.name"


@dataclass(frozen=True, slots=True)
class Rejection:
    reason: str
    message: str


def admit(pod: Json, others: Iterable[Json], node: Json, safe_sysctls: frozenset[str]) -> Rejection | None:
    """Why the pod cannot run here, or None. `others` are the pods on the node that have not ended."""
    others = list(others)
    return (
        _wrong_system(pod)
        or _unsafe_sysctls(pod, safe_sysctls)
        or _affinity(pod, node)
        or _taints(pod, node)
        or _ports(pod, others)
        or _resources(pod, others, node)
    )


def _wrong_system(pod: Json) -> Rejection | None:
    wanted = (spec_of(pod).get("os") or {}).get("name")
    if wanted and wanted != "linux":
        return Rejection("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS")
    return None


def _unsafe_sysctls(pod: Json, safe: frozenset[str]) -> Rejection | None:
    for sysctl in (spec_of(pod).get("securityContext") or {}).get("sysctls") or ():
        name = sysctl["name"].replace("/", ".")
        if not any(name == each or (each.endswith("*") and name.startswith(each[:-1])) for each in safe):
            return Rejection("SysctlForbidden", f'forbidden sysctl: "{name}" not allowlisted')
    return None


def _affinity(pod: Json, node: Json) -> Rejection | None:
    if matches_node(pod, node):
        return None
    return Rejection(
        "NodeAffinity",
        "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    )


def matches_node(pod: Json, node: Json) -> bool:
    """nodeSelector and required node affinity, by labels and by the node's name."""
    spec, labels = spec_of(pod), labels_of(node)
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(_term_matches(term, node) for term in required.get("nodeSelectorTerms") or ())


def _term_matches(term: Json, node: Json) -> bool:
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not fields:
        return False
    if not selector_from_object({"matchExpressions": expressions}).matches(labels_of(node)):
        return False
    named = {_NODE_NAME_FIELD: name_of(node)}
    return selector_from_object({"matchExpressions": fields}).matches(named)


def _taints(pod: Json, node: Json) -> Rejection | None:
    if is_static(pod):
        return None
    taints = (node.get("spec") or {}).get("taints") or ()
    found = untolerated_taint(taints, spec_of(pod).get("tolerations") or (), (NO_EXECUTE,))
    if found is None:
        return None
    return Rejection(
        "TaintToleration", "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"
    )


def _ports(pod: Json, others: list[Json]) -> Rejection | None:
    wanted = host_ports(pod)
    taken = [port for other in others for port in host_ports(other)] if wanted else []
    for address, protocol, number in wanted:
        for other, other_protocol, other_number in taken:
            overlap = "0.0.0.0" in (address, other) or address == other
            if overlap and (protocol, number) == (other_protocol, other_number):
                message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
                return Rejection("NodePorts", message)
    return None


def _resources(pod: Json, others: list[Json], node: Json) -> Rejection | None:
    """Each resource that the pod wants must still be there; a request of zero is always met."""
    capacity = amounts((node.get("status") or {}).get("allocatable"))
    used: dict[str, int] = {PODS: len(others)}
    for other in others:
        add(used, pod_requests(other, use_status=True))
    for resource, wanted in {PODS: 1, **pod_requests(pod)}.items():
        if wanted <= 0:
            continue
        total, taken = capacity.get(resource, 0), used.get(resource, 0)
        if taken + wanted > total:
            message = (
                f"Node didn't have enough resource: {resource}, requested: {wanted}, used: {taken}, capacity: {total}"
            )
            return Rejection(_REASONS.get(resource, f"OutOf{resource}"), message)
    return None
