"""The rules on resource slices. Counterpart: pkg/apis/resource/validation."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from pybernetes.api.core.affinity_validation import validate_node_selector
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.validation import validate_immutable
from pybernetes.api.names import DNS_LABEL_MAX_LENGTH, dns_subdomain
from pybernetes.api.object import Json
from pybernetes.api.quantity import parse_quantity
from pybernetes.api.resource.parts_validation import (
    label,
    validate_attribute_name,
    validate_binding_conditions,
    validate_items,
    validate_map,
    validate_pool,
    validate_set,
    validate_taint,
)
from pybernetes.api.storage.driver_name import validate_driver_name

_MAX_DEVICES, _MAX_COMPLEX_DEVICES = 128, 64  # the latter with taints, or with counters that they consume
_MAX_COUNTER_SETS, _MAX_COUNTERS, _MAX_CONSUMPTIONS = 8, 32, 2
_MAX_PROPERTIES = 32
_MAX_TAINTS = 16
_MAX_VALUES = 10
_KEY_MAX_LENGTH = 63 + 1 + 32
_VALUE_MAX_LENGTH = 64
_PLACES = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
_DEVICE_PLACES = (
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true "
    "in the ResourceSlice spec"
)
_NO_PLACES = (
    "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the "
    "ResourceSlice spec"
)
_NUMBER, _PRERELEASE, _BUILD = r"(0|[1-9]\d*)", r"(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)", r"[0-9a-zA-Z-]+"
_SEMVER = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_PRERELEASE}(\.{_PRERELEASE})*)?(\+{_BUILD}(\.{_BUILD})*)?", re.ASCII
)


def _name(item: Json) -> str:
    return item.get("name") or ""


def validate(resource_slice: Json, errors: ErrorList) -> None:
    """Every rule on a slice."""
    spec = resource_slice.get("spec") or {}
    validate_driver_name(spec.get("driver") or "", "spec.driver", errors)
    _validate_resource_pool(spec.get("pool") or {}, "spec.pool", errors)
    _validate_nodes(spec, errors)
    devices, counters = spec.get("devices"), spec.get("sharedCounters")
    if devices is not None and counters is not None:
        errors.invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed")
    is_complex = any(device.get("taints") or device.get("consumesCounters") for device in devices or ())
    check = partial(_validate_device, bool(spec.get("perDeviceNodeSelection")))
    limit = _MAX_COMPLEX_DEVICES if is_complex else _MAX_DEVICES
    validate_set(devices or [], limit, check, "spec.devices", errors, _name)
    validate_set(counters or [], _MAX_COUNTER_SETS, _validate_counters, "spec.sharedCounters", errors, _name)


def validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    """A slice stays in its pool, with its driver and on its node."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    pools = [(one.get("pool") or {}).get("name") for one in (spec, before)]
    validate_immutable(pools[0], pools[1], "spec.pool.name", errors)
    for field in ("driver", "nodeName"):
        validate_immutable(spec.get(field), before.get(field), f"spec.{field}", errors)


def _validate_resource_pool(pool: Json, path: str, errors: ErrorList) -> None:
    validate_pool(_name(pool), f"{path}.name", errors)
    count, generation = pool.get("resourceSliceCount") or 0, pool.get("generation") or 0
    if count <= 0:
        errors.invalid(f"{path}.resourceSliceCount", count, "must be greater than zero")
    if generation < 0:
        errors.invalid(f"{path}.generation", generation, "must be greater than or equal to zero")


def _validate_nodes(spec: Json, errors: ErrorList) -> None:
    given = _places(spec, "spec", "must be either unset or set to a non-empty string", errors)
    selector = spec.get("nodeSelector")
    if selector is not None and len(selector.get("nodeSelectorTerms") or ()) != 1:
        detail = "must have exactly one node selector term"
        terms = internal(selector.get("nodeSelectorTerms") or [], "core.affinity.NodeSelectorTerm")
        errors.invalid("spec.nodeSelector.nodeSelectorTerms", terms, detail)
    each = spec.get("perDeviceNodeSelection")
    if each:
        given.append("`perDeviceNodeSelection`")
    elif each is not None:
        errors.invalid("spec.perDeviceNodeSelection", each, "must be either unset or set to true")
    if not given:
        errors.required("spec", _PLACES)
    elif len(given) > 1:
        errors.invalid("spec", f"{{{', '.join(given)}}}", f"{_PLACES}, but multiple fields are set")


def _places(part: Json, path: str, empty: str, errors: ErrorList) -> list[str]:
    """Which of the fields about nodes are set, checked on the way."""
    given = []
    node, selector, everywhere = (part.get(field) for field in ("nodeName", "nodeSelector", "allNodes"))
    if node:
        given.append("`nodeName`")
        errors.each_invalid(f"{path}.nodeName", node, dns_subdomain(node))
    elif node is not None:
        errors.invalid(f"{path}.nodeName", node, empty)
    if selector is not None:
        given.append("`nodeSelector`")
        validate_node_selector(selector, f"{path}.nodeSelector", errors)
    if everywhere:
        given.append("`allNodes`")
    elif everywhere is not None:
        errors.invalid(f"{path}.allNodes", everywhere, "must be either unset or set to true")
    return given


def _validate_device(placed: bool, device: Json, path: str, errors: ErrorList) -> None:
    label(_name(device), f"{path}.name", errors)
    attributes, capacity = device.get("attributes") or {}, device.get("capacity") or {}
    total = len(attributes) + len(capacity)
    if total > _MAX_PROPERTIES:
        detail = f"the total number of attributes and capacities must not exceed {_MAX_PROPERTIES}"
        errors.invalid(path, total, detail)
    names = validate_attribute_name
    validate_map(attributes, -1, _KEY_MAX_LENGTH, names, _validate_attribute, f"{path}.attributes", errors)
    check = partial(_validate_capacity, bool(device.get("allowMultipleAllocations")))
    validate_map(capacity, -1, _KEY_MAX_LENGTH, names, check, f"{path}.capacity", errors)
    validate_items(device.get("taints") or [], _MAX_TAINTS, validate_taint, f"{path}.taints", errors)
    consumed = device.get("consumesCounters") or []
    at = f"{path}.consumesCounters"
    validate_set(
        consumed, _MAX_CONSUMPTIONS, _validate_consumption, at, errors, lambda one: one.get("counterSet") or ""
    )
    if placed:
        given = _places(device, path, "must not be empty", errors)
        if not given:
            errors.required(path, _DEVICE_PLACES)
        elif len(given) > 1:
            errors.invalid(path, f"{{{', '.join(given)}}}", _DEVICE_PLACES)
    elif any(device.get(field) is not None for field in ("nodeName", "nodeSelector", "allNodes")):
        errors.invalid(path, None, _NO_PLACES)
    validate_binding_conditions(device, path, errors)


def _validate_attribute(attribute: Json, path: str, errors: ErrorList) -> None:
    given = {name: value for name, value in attribute.items() if value is not None}
    for name, value in given.items():
        for text in value if isinstance(value, list) else [value]:
            if name.startswith("version") and not _SEMVER.fullmatch(text):
                detail = "must be a string compatible with semver.org spec 2.0.0"
                errors.invalid(f"{path}.{name}", text, detail)
            if isinstance(text, str) and len(text.encode()) > _VALUE_MAX_LENGTH:
                errors.too_long(f"{path}.{name}", _VALUE_MAX_LENGTH)
    if len(given) != 1:
        errors.invalid(path, attribute if given else "", "exactly one value must be specified")


def _validate_capacity(shared: bool, capacity: Json, path: str, errors: ErrorList) -> None:
    policy, at = capacity.get("requestPolicy"), f"{path}.requestPolicy"
    if policy is None:
        return
    values, span, default = policy.get("validValues") or [], policy.get("validRange"), policy.get("default")
    if not shared:
        errors.forbidden(at, "allowMultipleAllocations must be true")
    elif values and span is not None:
        detail = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time'
        errors.forbidden(at, detail)
    elif default is None:
        if values or span is not None:
            named = "validValues" if values else "validRange"
            errors.required(f"{at}.default", f"required when {named} is defined")
    elif values:
        _validate_values(values, default, capacity.get("value") or "0", f"{at}.validValues", errors)
    elif span is not None:
        _validate_range(span, default, capacity.get("value") or "0", f"{at}.validRange", errors)


def _validate_values(values: list[str], default: str, most: str, path: str, errors: ErrorList) -> None:
    amounts = [parse_quantity(value) for value in values]
    for index in range(1, len(values)):
        if amounts[index - 1] > amounts[index]:
            errors.invalid(f"{path}[{index}]", values[index], "values must be sorted in ascending order")

    def check(value: Any, at: str, found: ErrorList) -> None:
        if parse_quantity(value) > parse_quantity(most):
            found.invalid(at, value, f"option is larger than capacity value: {most}")

    validate_set(values, _MAX_VALUES, check, path, errors, lambda value: str(int(parse_quantity(value))))
    if parse_quantity(default) not in amounts:
        errors.invalid(path, default, "default value is not valid according to the requestPolicy")


def _validate_range(span: Json, default: str, most: str, path: str, errors: ErrorList) -> None:
    low, high, step = span.get("min"), span.get("max"), span.get("step")
    if low is None:
        errors.required(f"{path}.min", "required when validRange is defined")
        return
    least, limit, usual = (parse_quantity(text) for text in (low, most, default))
    if least > limit:
        errors.invalid(f"{path}.min", low, f"min is larger than capacity value: {most}")
    if usual < least:
        errors.invalid(f"{path}.min", default, f"default is less than min: {low}")
    if high is not None:
        if least > parse_quantity(high):
            errors.invalid(f"{path}.max", low, f"min is larger than max: {high}")
        if parse_quantity(high) > limit:
            errors.invalid(f"{path}.max", high, f"max is larger than capacity value: {most}")
        if usual > parse_quantity(high):
            errors.invalid(f"{path}.max", default, f"default is more than max: {high}")
    if step is not None and parse_quantity(step) > 0:
        for text in (default, high):
            if text is not None and (parse_quantity(text) - least) % parse_quantity(step):
                detail = f"value is not a multiple of a given step ({step}) from ({low})"
                errors.invalid(f"{path}.step", text, detail)


def _any_amount(counter: Json, path: str, errors: ErrorList) -> None:
    """Any quantity is right."""


def _validate_counters(counters: Json, path: str, errors: ErrorList, *, field: str = "name") -> None:
    name = counters.get(field) or ""
    if not name:
        errors.required(f"{path}.{field}")
    else:
        label(name, f"{path}.{field}", errors)
    held, at = counters.get("counters") or {}, f"{path}.counters"
    if not held:
        errors.required(at)
    else:
        validate_map(held, _MAX_COUNTERS, DNS_LABEL_MAX_LENGTH, label, _any_amount, at, errors)


def _validate_consumption(consumption: Json, path: str, errors: ErrorList) -> None:
    _validate_counters(consumption, path, errors, field="counterSet")
