"""What the server writes into a service as it is created or changed, short of allocating anything.

A client that replaces a service without the addresses and ports that the server gave it keeps them; one that
changes the type drops what only the old type has, unless it set it anew.

Counterpart: pkg/registry/core/service (patchAllocatedValues, normalizeClusterIPs, dropTypeDependentFields).
"""

from __future__ import annotations

from pybernetes.api.core.service_validation import (
    EXTERNAL_NAME,
    LOAD_BALANCER,
    NODE_PORT,
    is_externally_accessible,
    needs_health_check,
)
from pybernetes.api.object import Json

_ADDRESS_FIELDS = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")


def needs_cluster_ip(spec: Json) -> bool:
    return spec.get("type") != EXTERNAL_NAME


def needs_node_ports(spec: Json) -> bool:
    """Ports on every node: for a type that has them, unless a load balancer does without."""
    if spec.get("type") == LOAD_BALANCER:
        return spec.get("allocateLoadBalancerNodePorts") is not False
    return spec.get("type") == NODE_PORT


def prepare_service_create(service: Json) -> None:
    """clusterIPs follow clusterIP."""
    spec = service.get("spec") or {}
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]


def prepare_service_update(new: Json, old: Json) -> None:
    """Keep what was allocated, match the two spellings of the address, drop what the type no longer has."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    _keep_allocated(spec, before)
    _match_cluster_ips(spec, before)
    _drop_by_type(spec, before)


def _keep_allocated(spec: Json, before: Json) -> None:
    if needs_cluster_ip(spec) and needs_cluster_ip(before):
        if not spec.get("clusterIP") and before.get("clusterIP"):
            spec["clusterIP"] = before["clusterIP"]
        if not spec.get("clusterIPs") and before.get("clusterIPs") and spec.get("clusterIP") == before.get("clusterIP"):
            spec["clusterIPs"] = list(before["clusterIPs"])
    if needs_node_ports(spec) and needs_node_ports(before):
        held = {(port.get("protocol"), port.get("port")): port.get("nodePort") for port in before.get("ports") or ()}
        taken = {(port.get("protocol"), port.get("nodePort")) for port in spec.get("ports") or ()}
        for port in spec.get("ports") or ():
            was = held.get((port.get("protocol"), port.get("port")))
            if not port.get("nodePort") and was and (port.get("protocol"), was) not in taken:
                port["nodePort"] = was
    if needs_health_check(spec) and needs_health_check(before) and before.get("healthCheckNodePort"):
        spec.setdefault("healthCheckNodePort", before["healthCheckNodePort"])


def _match_cluster_ips(spec: Json, before: Json) -> None:
    """A client that knows only clusterIP changes clusterIPs with it."""
    address = spec.get("clusterIP")
    if address != before.get("clusterIP") and spec.get("clusterIPs") == before.get("clusterIPs"):
        spec.pop("clusterIPs", None)
        if address:
            spec["clusterIPs"] = [address]
    elif address and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [address]


def _drop_by_type(spec: Json, before: Json) -> None:
    if needs_cluster_ip(before) and not needs_cluster_ip(spec):
        for field in _ADDRESS_FIELDS:
            _drop_unchanged(spec, before, field)
    if needs_node_ports(before) and not needs_node_ports(spec):
        held = {port.get("nodePort") for port in before.get("ports") or ()}
        for port in spec.get("ports") or ():
            if port.get("nodePort") in held:
                port.pop("nodePort")
    if needs_health_check(before) and not needs_health_check(spec):
        _drop_unchanged(spec, before, "healthCheckNodePort")
    if is_externally_accessible(before) and not is_externally_accessible(spec):
        _drop_unchanged(spec, before, "externalTrafficPolicy")
    if before.get("type") == LOAD_BALANCER and spec.get("type") != LOAD_BALANCER:
        _drop_unchanged(spec, before, "allocateLoadBalancerNodePorts")
        _drop_unchanged(spec, before, "loadBalancerClass")


def _drop_unchanged(spec: Json, before: Json, field: str) -> None:
    if field in spec and spec[field] == before.get(field):
        del spec[field]
