"""The rules on nodes: taints, ranges for pods, amounts, declared features, and what may change.

Where a kubelet's configuration came from is still checked where it is still stored; nobody reads it any more.

Counterpart: ValidateNode and ValidateNodeUpdate in pkg/apis/core/validation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pybernetes.api.addresses import is_dual_stack, legacy_cidr, parse_cidr
from pybernetes.api.core.affinity_validation import validate_taints
from pybernetes.api.core.resource_validation import validate_quantity
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.json_syntax import syntax_error
from pybernetes.api.names import DNS_SUBDOMAIN_MAX_LENGTH, config_key, dns_label, dns_subdomain
from pybernetes.api.object import Json, annotations_of

_TAINTS = "scheduler.alpha.kubernetes.io/taints"
_AVOID_PODS = "scheduler.alpha.kubernetes.io/preferAvoidPods"
_MAX_CIDRS = 2
_FIXED_CIDR = 'node updates may not change podCIDR except from "" to valid'
_FIXED_PROVIDER = 'node updates may not change providerID except from "" to valid'
_FEATURE = re.compile(r"([A-Z][a-zA-Z0-9]*)(/[a-zA-Z0-9]+)*")
_FEATURE_FORM = (
    "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or "
    "MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
)


def validate_node(node: Json, errors: ErrorList) -> None:
    """Every rule on a node (ValidateNode)."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    _validate_annotations(annotations_of(node), "metadata.annotations", errors)
    if spec.get("taints"):
        validate_taints(spec["taints"], "metadata.taints", errors)
    _validate_amounts(status, errors)
    swap = ((status.get("nodeInfo") or {}).get("swap") or {}).get("capacity")
    if swap is not None and swap < 0:
        errors.invalid("metadata.nodeSwapStatus.capacity", swap, "must be greater than or equal to 0")
    _validate_features(status.get("declaredFeatures") or (), errors)
    _validate_cidrs(spec.get("podCIDRs") or [], errors)


def _validate_annotations(annotations: Mapping[str, str], path: str, errors: ErrorList) -> None:
    """Two annotations of old hold JSON, and what is in it is still looked at."""
    if annotations.get(_TAINTS):
        taints, wrong = _parsed(annotations[_TAINTS], list, "[]core.Taint")
        if wrong:
            errors.invalid(path, _TAINTS, wrong)
        validate_taints(taints or (), f"{path}.{_TAINTS}", errors)
    if annotations.get(_AVOID_PODS):
        avoid, wrong = _parsed(annotations[_AVOID_PODS], dict, "v1.AvoidPods")
        if wrong:
            errors.invalid(f"{path}.AvoidPods", _AVOID_PODS, wrong)
        for index, entry in enumerate((avoid or {}).get("preferAvoidPods") or ()):
            if not (entry.get("podSignature") or {}).get("podController"):
                errors.required(f"{path}.{_AVOID_PODS}[{index}].PodSignature")


def _parsed(text: str, kind: type, go_name: str) -> tuple[Any, str]:
    """The JSON in an annotation, or what Go says of it."""
    wrong = syntax_error(text.encode())
    if wrong:
        return None, wrong
    value = json.loads(text)
    if value is not None and not isinstance(value, kind):
        return None, f"json: cannot unmarshal into Go value of type {go_name}"
    return value, ""


def _validate_amounts(status: Json, errors: ErrorList) -> None:
    for part in ("capacity", "allocatable"):
        for name, quantity in (status.get(part) or {}).items():
            validate_quantity(name, quantity, f"status.{part}.{name}", errors)


def _validate_features(features: Sequence[str], errors: ErrorList) -> None:
    """Names in order, none twice."""
    for index, feature in enumerate(features):
        at = f"status.declaredFeatures[{index}]"
        if len(feature) > DNS_SUBDOMAIN_MAX_LENGTH:
            limit = f"must be no more than {DNS_SUBDOMAIN_MAX_LENGTH} characters"
            errors.invalid(at, feature, f'invalid feature name "{feature}": {limit}')
        elif not _FEATURE.fullmatch(feature):
            errors.invalid(at, feature, f'invalid feature name "{feature}": {_FEATURE_FORM}')
        for following in features[index + 1 : index + 2]:
            at = f"status.declaredFeatures[{index + 1}]"
            if following == feature:
                errors.duplicate(at, following)
            elif following < feature:
                errors.invalid(at, following, "list must be sorted alphabetically")


def _validate_cidrs(networks: Sequence[str], errors: ErrorList) -> None:
    for index, network in enumerate(networks):
        errors.new_invalid(f"spec.podCIDRs[{index}]", network, legacy_cidr(network))
    if len(networks) < _MAX_CIDRS:
        return
    broken = next((index for index, network in enumerate(networks) if parse_cidr(network) is None), None)
    if broken is not None:
        why = f"invalid CIDR[{broken}]: <nil> (invalid CIDR address: {networks[broken]})"
        detail = f"invalid PodCIDRs. failed to check with dual stack with error:{why}"
        errors.internal("spec.podCIDRs", detail)
    if broken is not None or len(networks) > _MAX_CIDRS or not is_dual_stack(networks):
        detail = "may specify no more than one CIDR for each IP family"
        errors.invalid("spec.podCIDRs", list(networks), detail)


def validate_node_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What may change in a node or in its status (ValidateNodeUpdate)."""
    spec, before, status = new.get("spec") or {}, old.get("spec") or {}, new.get("status") or {}
    _validate_annotations(annotations_of(new), "metadata.annotations", errors)
    _validate_amounts(status, errors)
    _validate_features(status.get("declaredFeatures") or (), errors)
    _validate_addresses(status.get("addresses") or [], errors)
    if before.get("podCIDRs") and spec.get("podCIDRs") != before["podCIDRs"]:
        errors.forbidden("spec.podCIDRs", _FIXED_CIDR)
    if before.get("providerID") and spec.get("providerID") != before["providerID"]:
        errors.forbidden("spec.providerID", _FIXED_PROVIDER)
    if "configSource" in spec:
        _validate_source(spec["configSource"], "spec.configSource", errors, in_status=False)
    for part in ("assigned", "active", "lastKnownGood"):
        source = (status.get("config") or {}).get(part)
        if source is not None:
            _validate_source(source, f"status.config.{part}", errors, in_status=True)
    if spec.get("taints"):
        validate_taints(spec["taints"], "metadata.taints", errors)
    if spec.get("externalID") != before.get("externalID"):
        errors.forbidden("spec.externalID", "may not be updated")


def _validate_addresses(addresses: Sequence[Json], errors: ErrorList) -> None:
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            errors.duplicate(f"status.addresses[{index}]", internal(address, "core.node.NodeAddress"))


def _validate_source(source: Json, path: str, errors: ErrorList, *, in_status: bool) -> None:
    """A config map, named with its id and version in a status only."""
    held = source.get("configMap")
    if held is None:
        shown = internal(source, "core.node.NodeConfigSource")
        errors.invalid(path, shown, "exactly one reference subfield must be non-nil")
        return
    at = f"{path}.configMap"
    for field in ("uid", "resourceVersion"):
        if in_status and not held.get(field):
            errors.required(f"{at}.{field}")
        elif held.get(field) and not in_status:
            errors.forbidden(f"{at}.{field}", f"{field} must not be set in spec")
    for field, check in (("namespace", dns_label), ("name", dns_subdomain), ("kubeletConfigKey", config_key)):
        value = held.get(field) or ""
        if value:
            errors.each_invalid(f"{at}.{field}", value, check(value))
        else:
            errors.required(f"{at}.{field}")
