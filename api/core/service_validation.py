"""The rules on services. Those on their addresses are in `service_address_validation`.

Counterpart: the service parts of pkg/apis/core/validation and pkg/registry/core/service.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.addresses import (
    legacy_cidr,
    legacy_ip,
    non_special_ip,
    parse_loosely,
    port_number,
)
from pybernetes.api.core.probe_validation import validate_port_number_or_name
from pybernetes.api.core.service_address_validation import (
    FIXED,
    HEADLESS,
    is_headless,
    validate_cluster_ips,
    validate_kept_addresses,
)
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.validation import validate_label_name, validate_labels
from pybernetes.api.names import dns_label, dns_subdomain
from pybernetes.api.object import Json, annotations_of

CLUSTER_IP, NODE_PORT, LOAD_BALANCER, EXTERNAL_NAME = "ClusterIP", "NodePort", "LoadBalancer", "ExternalName"
_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
_TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
_ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"
_NOT_EXTERNAL_NAME = "may not be set for ExternalName services"
_TRAFFIC_POLICIES = ("Cluster", "Local")
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
_TYPES = (CLUSTER_IP, EXTERNAL_NAME, LOAD_BALANCER, NODE_PORT)
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_MAX_AFFINITY_SECONDS = 86400


def is_externally_accessible(spec: Json) -> bool:
    """Traffic from outside may reach it (ExternallyAccessible)."""
    kind = spec.get("type")
    return kind in (LOAD_BALANCER, NODE_PORT) or (kind == CLUSTER_IP and bool(spec.get("externalIPs")))


def needs_health_check(spec: Json) -> bool:
    """A load balancer that sends only to nodes with endpoints has to ask them (NeedsHealthCheck)."""
    return spec.get("type") == LOAD_BALANCER and spec.get("externalTrafficPolicy") == "Local"


def validate_service(service: Json, errors: ErrorList) -> None:
    """Every rule on a service whose addresses and ports have been allocated."""
    spec = service.get("spec") or {}
    kind = spec.get("type") or ""
    _validate_topology(annotations_of(service), errors)
    if not spec.get("ports") and not is_headless(spec) and kind != EXTERNAL_NAME:
        errors.required("spec.ports")
    if kind in (LOAD_BALANCER, NODE_PORT) and is_headless(spec):
        errors.invalid("spec.clusterIPs[0]", HEADLESS, f"may not be set to 'None' for {kind} services")
    if kind == EXTERNAL_NAME:
        _validate_external_name(spec, errors)
    _validate_ports(spec, errors)
    if "selector" in spec:
        validate_labels(spec["selector"], "spec.selector", errors)
    _validate_choice(spec, "sessionAffinity", ("ClientIP", "None"), "spec", errors)
    _validate_affinity(spec, errors)
    if kind != EXTERNAL_NAME:
        validate_cluster_ips(spec, errors)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        count = len(errors)
        errors.new_invalid(f"spec.externalIPs[{index}]", address, legacy_ip(address))
        if len(errors) == count:
            errors.each_invalid(f"spec.externalIPs[{index}]", address, non_special_ip(address))
    _validate_choice(spec, "type", _TYPES, "spec", errors)
    _validate_distinct_ports(spec, errors)
    _validate_load_balancer(service, spec, kind, errors)
    _validate_balancer_class(spec, errors)
    _validate_traffic(spec, errors)


def _validate_topology(annotations: Json, errors: ErrorList) -> None:
    """The annotation and the one that it took the place of say the same."""
    hints, mode = annotations.get(_TOPOLOGY_HINTS), annotations.get(_TOPOLOGY_MODE)
    if hints is not None and mode is not None and hints != mode:
        detail = f"must match annotations[{_TOPOLOGY_HINTS}] when both are specified"
        errors.invalid(f"metadata.annotations[{_TOPOLOGY_MODE}]", mode, detail)


def _validate_external_name(spec: Json, errors: ErrorList) -> None:
    for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(field):
            errors.forbidden(f"spec.{field}", _NOT_EXTERNAL_NAME)
    name = (spec.get("externalName") or "").removesuffix(".")
    if name:
        errors.each_invalid("spec.externalName", name, dns_subdomain(name))
    else:
        errors.required("spec.externalName")


def _validate_choice(holder: Json, field: str, choices: Sequence[str], path: str, errors: ErrorList) -> None:
    value = holder.get(field)
    if not value:
        errors.required(f"{path}.{field}")
    elif value not in choices:
        errors.not_supported(f"{path}.{field}", value, choices)


def _validate_ports(spec: Json, errors: ErrorList) -> None:
    ports: Sequence[Json] = spec.get("ports") or ()
    names: set[str] = set()
    for index, port in enumerate(ports):
        at = f"spec.ports[{index}]"
        _validate_port_name(port, names, len(ports) > 1, at, errors)
        number = port.get("port") or 0
        errors.each_invalid(f"{at}.port", number, port_number(number))
        _validate_choice(port, "protocol", _PROTOCOLS, at, errors)
        validate_port_number_or_name(port.get("targetPort", 0), f"{at}.targetPort", errors)
        if port.get("appProtocol") is not None:
            validate_label_name(port["appProtocol"], f"{at}.appProtocol", errors)


def _validate_distinct_ports(spec: Json, errors: ErrorList) -> None:
    """Ports on nodes where the type has them, and neither those nor the ports themselves twice."""
    ports: Sequence[Json] = spec.get("ports") or ()
    for index, port in enumerate(ports if spec.get("type") == CLUSTER_IP else ()):
        if port.get("nodePort"):
            errors.forbidden(f"spec.ports[{index}].nodePort", "may not be used when `type` is 'ClusterIP'")
    on_nodes: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        on_node = (port.get("protocol") or "", port.get("nodePort") or 0)
        if on_node[1] and on_node in on_nodes:
            errors.duplicate(f"spec.ports[{index}].nodePort", on_node[1])
        on_nodes.add(on_node)
    taken: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        own = (port.get("protocol") or "", port.get("port") or 0)
        if own in taken:
            shown = internal({"port": own[1], "protocol": own[0]}, "core.service.ServicePort")
            errors.duplicate(f"spec.ports[{index}]", shown)
        taken.add(own)


def _validate_port_name(port: Json, names: set[str], required: bool, path: str, errors: ErrorList) -> None:
    name = port.get("name") or ""
    if name:
        errors.each_invalid(f"{path}.name", name, dns_label(name))
        if name in names:
            errors.duplicate(f"{path}.name", name)
        names.add(name)
    elif required:
        errors.required(f"{path}.name")


def _validate_affinity(spec: Json, errors: ErrorList) -> None:
    config, at = spec.get("sessionAffinityConfig"), "spec.sessionAffinityConfig"
    if spec.get("sessionAffinity") == "ClientIP":
        for field in ("clientIP", "timeoutSeconds"):
            if config is None:
                break
            config, at = config.get(field), f"{at}.{field}"
        if config is None:
            errors.required(at, "when session affinity type is ClientIP")
        elif not 0 < config <= _MAX_AFFINITY_SECONDS:
            errors.invalid(at, config, f"must be greater than 0 and less than {_MAX_AFFINITY_SECONDS}")
    elif spec.get("sessionAffinity") == "None" and config is not None:
        errors.forbidden(at, "must not be set when session affinity is None")


def _validate_load_balancer(service: Json, spec: Json, kind: str, errors: ErrorList) -> None:
    at, ranges = "spec.LoadBalancerSourceRanges", spec.get("loadBalancerSourceRanges") or ()
    annotation = annotations_of(service).get(_SOURCE_RANGES)
    if ranges:
        if kind != LOAD_BALANCER:
            errors.forbidden(at, _ONLY_LOAD_BALANCER)
        for index, network in enumerate(ranges):
            where, text = f"{at}[{index}]", network.strip()
            errors.new_invalid(where, text, legacy_cidr(text), f"spec.loadBalancerSourceRanges[{index}]")
    elif annotation is not None:
        at = f"metadata.annotations[{_SOURCE_RANGES}]"
        if kind != LOAD_BALANCER:
            errors.forbidden(at, _ONLY_LOAD_BALANCER)
        was = annotations_of(errors.old or {}).get(_SOURCE_RANGES)
        for network in annotation.split(",") if annotation.strip() and annotation != was else ():
            errors.each_invalid(at, network.strip(), legacy_cidr(network.strip()))
    if spec.get("allocateLoadBalancerNodePorts") is not None and kind != LOAD_BALANCER:
        errors.forbidden("spec.allocateLoadBalancerNodePorts", _ONLY_LOAD_BALANCER)


def _validate_balancer_class(spec: Json, errors: ErrorList) -> None:
    balancer_class = spec.get("loadBalancerClass")
    if balancer_class is None:
        return
    if spec.get("type") == LOAD_BALANCER:
        validate_label_name(balancer_class, "spec.loadBalancerClass", errors)
    else:
        errors.forbidden("spec.loadBalancerClass", _ONLY_LOAD_BALANCER)


def _validate_traffic(spec: Json, errors: ErrorList) -> None:
    external = spec.get("externalTrafficPolicy") or ""
    if not is_externally_accessible(spec):
        if external:
            detail = "may only be set for externally-accessible services"
            errors.invalid("spec.externalTrafficPolicy", external, detail)
    elif not external:
        errors.required("spec.externalTrafficPolicy")
    elif external not in _TRAFFIC_POLICIES:
        errors.not_supported("spec.externalTrafficPolicy", external, _TRAFFIC_POLICIES)
    check_port = spec.get("healthCheckNodePort") or 0
    if needs_health_check(spec):
        if not check_port:
            errors.required("spec.healthCheckNodePort")
        else:
            errors.each_invalid("spec.healthCheckNodePort", check_port, port_number(check_port))
    elif check_port:
        detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        errors.invalid("spec.healthCheckNodePort", check_port, detail)
    internal = spec.get("internalTrafficPolicy")
    if internal is not None and internal not in _TRAFFIC_POLICIES:
        errors.not_supported("spec.internalTrafficPolicy", internal, _TRAFFIC_POLICIES)
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in _DISTRIBUTIONS:
        errors.not_supported("spec.trafficDistribution", distribution, _DISTRIBUTIONS)


def validate_service_update(new: Json, old: Json, errors: ErrorList) -> None:
    """Addresses and families stay; a second one may come and go (ValidateServiceUpdate)."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    if EXTERNAL_NAME not in (spec.get("type"), before.get("type")):
        validate_kept_addresses(spec, before, errors)
    other_class = spec.get("loadBalancerClass") != before.get("loadBalancerClass")
    if spec.get("type") == before.get("type") == LOAD_BALANCER and other_class:
        errors.invalid("spec.loadBalancerClass", spec.get("loadBalancerClass"), FIXED)
    _validate_balancer_class(spec, errors)
    same = (spec.get("healthCheckNodePort") or 0) == (before.get("healthCheckNodePort") or 0)
    if needs_health_check(spec) and needs_health_check(before) and not same:
        errors.forbidden("spec.healthCheckNodePort", "field is immutable")


def validate_service_status(new: Json, old: Json, errors: ErrorList) -> None:
    """The addresses of a load balancer."""
    ingress = ((new.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    if ingress and (new.get("spec") or {}).get("type") != LOAD_BALANCER:
        errors.forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'")
        return
    for index, point in enumerate(ingress):
        at = f"status.loadBalancer.ingress[{index}]"
        address, mode, host = point.get("ip") or "", point.get("ipMode"), point.get("hostname") or ""
        if address:
            errors.new_invalid(f"{at}.ip", address, legacy_ip(address))
        if mode is None:
            if address:
                errors.required(f"{at}.ipMode", "must be specified when `ip` is set")
        elif not address:
            errors.forbidden(f"{at}.ipMode", "may not be specified when `ip` is not set")
        elif mode not in ("Proxy", "VIP"):
            errors.not_supported(f"{at}.ipMode", mode, ("Proxy", "VIP"))
        if host:
            errors.each_invalid(f"{at}.hostname", host, dns_subdomain(host))
            if parse_loosely(host) is not None:
                errors.invalid(f"{at}.hostname", host, "must be a DNS name, not an IP address")
