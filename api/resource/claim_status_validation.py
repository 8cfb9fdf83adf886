"""The rules on the status of a claim: what was allocated, what drivers say of it, and who uses it."""

from __future__ import annotations

import uuid
from functools import partial

from pybernetes.api.core.affinity_validation import validate_node_selector
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_immutable
from pybernetes.api.object import Json, is_deleting
from pybernetes.api.resource.claim_validation import (
    Names,
    request_names,
    validate_claim_configuration,
    validate_request_reference,
)
from pybernetes.api.resource.parts_validation import (
    MAX_CONFIGS,
    label,
    validate_binding_conditions,
    validate_items,
    validate_pool,
    validate_set,
)
from pybernetes.api.storage.driver_name import validate_driver_name

_MAX_CONSUMERS = 256
_MAX_RESULTS = 32
_MAX_CONDITIONS = 8
_MAX_ADDRESSES = 16
_NAME_MAX_BYTES, _ADDRESS_MAX_BYTES = 256, 128
_SOURCES = ("FromClaim", "FromClass")
_NO_LIMIT = 1 << 30
_UID_FORM = (
    "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal "
    "characters"
)


def _device_id(device: Json) -> str:
    parts = [device.get(name) or "" for name in ("driver", "pool", "device", "shareID")]
    return "/".join(parts if parts[-1] else parts[:-1])


def validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    """A status in place of another."""
    status, before = new.get("status") or {}, old.get("status") or {}
    allocation, consumers = status.get("allocation"), status.get("reservedFor") or []
    path = "status.reservedFor"
    validate_set(consumers, _MAX_CONSUMERS, _validate_consumer, path, errors, lambda one: one.get("uid") or "")
    results = ((allocation or {}).get("devices") or {}).get("results") or []
    known = {_device_id(result) for result in results}
    check = partial(_validate_device, known)
    validate_set(status.get("devices") or [], _NO_LIMIT, check, "status.devices", errors, _device_id)
    if consumers and allocation is None:
        errors.forbidden(path, "may not be specified when `allocated` is not set")
    elif is_deleting(new) and any(one not in (before.get("reservedFor") or []) for one in consumers):
        detail = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"
        errors.forbidden(path, detail)
    if allocation is not None and before.get("allocation") is not None:
        validate_immutable(allocation, before["allocation"], "status.allocation", errors)
    elif allocation is not None:
        _validate_allocation(allocation, request_names(new.get("spec") or {}), "status.allocation", errors)


def _validate_consumer(consumer: Json, path: str, errors: ErrorList) -> None:
    for field in ("resource", "name", "uid"):
        if not consumer.get(field):
            errors.required(f"{path}.{field}")


def _validate_allocation(allocation: Json, names: Names, path: str, errors: ErrorList) -> None:
    devices = allocation.get("devices") or {}
    result, configuration = partial(_validate_result, names), partial(_validate_configuration, names)
    validate_items(devices.get("results") or [], _MAX_RESULTS, result, f"{path}.devices.results", errors)
    validate_items(devices.get("config") or [], 2 * MAX_CONFIGS, configuration, f"{path}.devices.config", errors)
    if allocation.get("nodeSelector") is not None:
        validate_node_selector(allocation["nodeSelector"], f"{path}.nodeSelector", errors)


def _validate_place(device: Json, path: str, errors: ErrorList) -> None:
    validate_driver_name(device.get("driver") or "", f"{path}.driver", errors)
    validate_pool(device.get("pool") or "", f"{path}.pool", errors)
    label(device.get("device") or "", f"{path}.device", errors)


def _validate_share(device: Json, path: str, errors: ErrorList) -> None:
    share = device.get("shareID")
    if share is None:
        return
    try:
        normal = str(uuid.UUID(share)) == share
    except ValueError:
        errors.invalid(f"{path}.shareID", share, f"error validating uid: invalid UUID length: {len(share)}")
        return
    if not normal:
        errors.invalid(f"{path}.shareID", share, _UID_FORM)


def _validate_result(names: Names, result: Json, path: str, errors: ErrorList) -> None:
    validate_request_reference(names, result.get("request") or "", f"{path}.request", errors)
    _validate_place(result, path, errors)
    validate_binding_conditions(result, path, errors)
    _validate_share(result, path, errors)


def _validate_configuration(names: Names, configuration: Json, path: str, errors: ErrorList) -> None:
    source = configuration.get("source") or ""
    if not source:
        errors.required(f"{path}.source")
    elif source not in _SOURCES:
        errors.not_supported(f"{path}.source", source, _SOURCES)
    validate_claim_configuration(names, configuration, path, errors)


def _validate_device(known: set[str], device: Json, path: str, errors: ErrorList) -> None:
    _validate_place(device, path, errors)
    _validate_share(device, path, errors)
    if _device_id(device) not in known:
        errors.invalid(path, _device_id(device), "must be an allocated device in the claim")
    conditions = device.get("conditions") or []
    if len(conditions) > _MAX_CONDITIONS:
        errors.too_many(f"{path}.conditions", len(conditions), _MAX_CONDITIONS)
    network = device.get("networkData") or {}
    for field, limit in (("interfaceName", _NAME_MAX_BYTES), ("hardwareAddress", _ADDRESS_MAX_BYTES)):
        if len((network.get(field) or "").encode()) > limit:
            errors.too_long(f"{path}.networkData.{field}", limit)
    addresses = network.get("ips") or []
    if len(addresses) > _MAX_ADDRESSES:
        errors.too_many(f"{path}.networkData.ips", len(addresses), _MAX_ADDRESSES)
