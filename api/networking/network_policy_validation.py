"""The rules on network policies. Counterpart: pkg/apis/networking/validation."""

from __future__ import annotations

from typing import Any

from pybernetes.api.addresses import legacy_cidr, parse_cidr, port_number
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_label_selector
from pybernetes.api.names import port_name
from pybernetes.api.object import Json

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_TYPES = ("Ingress", "Egress")


def validate(policy: Json, errors: ErrorList) -> None:
    """Every rule on a policy."""
    spec = policy.get("spec") or {}
    validate_label_selector(spec.get("podSelector") or {}, "spec.podSelector", errors)
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for number, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{number}]"
            for index, port in enumerate(rule.get("ports") or ()):
                _validate_port(port, f"{path}.ports[{index}]", errors)
            for index, peer in enumerate(rule.get(peers) or ()):
                _validate_peer(peer, f"{path}.{peers}[{index}]", errors)
    types = spec.get("policyTypes") or ()
    if len(types) > len(_TYPES):
        errors.invalid("spec.policyTypes", types, "may not specify more than two policyTypes")
        return
    for index, kind in enumerate(types):
        if kind not in _TYPES:
            errors.not_supported(f"spec.policyTypes[{index}]", kind, _TYPES)


def _validate_port(port: Json, path: str, errors: ErrorList) -> None:
    protocol, number, end = port.get("protocol"), port.get("port"), port.get("endPort")
    if protocol is not None and protocol not in _PROTOCOLS:
        errors.not_supported(f"{path}.protocol", protocol, _PROTOCOLS)
    if number is None:
        if end is not None:
            errors.invalid(f"{path}.endPort", end, "may not be specified when `port` is not specified")
    elif isinstance(number, int):
        errors.each_invalid(f"{path}.port", number, port_number(number))
        if end is not None:
            if end < number:
                errors.invalid(f"{path}.endPort", end, "must be greater than or equal to `port`")
            errors.each_invalid(f"{path}.endPort", end, port_number(end))
    else:
        if end is not None:
            errors.invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric")
        errors.each_invalid(f"{path}.port", number, port_name(number))


def _validate_peer(peer: Json, path: str, errors: ErrorList) -> None:
    given = [name for name in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(name) is not None]
    for name in given:
        if name == "ipBlock":
            _validate_block(peer[name], f"{path}.ipBlock", errors)
        else:
            validate_label_selector(peer[name], f"{path}.{name}", errors)
    if not given:
        errors.required(path, "must specify a peer")
    elif len(given) > 1 and "ipBlock" in given:
        errors.forbidden(path, "may not specify both ipBlock and another peer")


def _validate_block(block: Json, path: str, errors: ErrorList) -> None:
    text = block.get("cidr") or ""
    if not text:
        errors.required(f"{path}.cidr")
        return
    errors.new_invalid(f"{path}.cidr", text, legacy_cidr(text))
    whole = parse_cidr(text)
    if whole is None:
        return
    for index, other in enumerate(block.get("except") or ()):
        at = f"{path}.except[{index}]"
        errors.new_invalid(at, other, legacy_cidr(other))
        part: Any = parse_cidr(other)
        if part is None:
            continue
        inside = part.version == whole.version and part.network_address in whole
        if not inside or part.prefixlen <= whole.prefixlen:
            errors.invalid(at, other, "must be a strict subset of `cidr`")
