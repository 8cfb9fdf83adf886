"""The defaults of claims, and the rules on their spec. Counterpart: pkg/apis/resource/validation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.resource.parts_validation import (
    MAX_CONFIGS,
    MAX_REQUESTS,
    MAX_SELECTORS,
    label,
    validate_class_name,
    validate_configuration,
    validate_full_attribute_name,
    validate_items,
    validate_selector,
    validate_set,
    validate_toleration,
)

_MAX_CHOICES = 8
_MODES = ("All", "ExactCount")
_REFERENCE = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
_ONE = "exactly one of `exactly` or `firstAvailable` is required"

Names = dict[str, frozenset[str]]


def set_spec_defaults(spec: Json) -> None:
    """One device unless the request says otherwise."""
    for request in _requests(spec):
        request["allocationMode"] = request.get("allocationMode") or "ExactCount"
        if request["allocationMode"] == "ExactCount":
            request["count"] = request.get("count") or 1
        for toleration in request.get("tolerations") or ():
            toleration["operator"] = toleration.get("operator") or "Equal"


def _requests(spec: Json) -> Iterator[Json]:
    for request in (spec.get("devices") or {}).get("requests") or ():
        if request.get("exactly") is not None:
            yield request["exactly"]
        yield from request.get("firstAvailable") or ()


def request_names(spec: Json) -> Names:
    """The requests of a claim by name, each with the names of its choices."""
    requests = (spec.get("devices") or {}).get("requests") or ()
    return {
        request.get("name") or "": frozenset(one.get("name") or "" for one in request.get("firstAvailable") or ())
        for request in requests
    }


def validate_spec(spec: Json, path: str, errors: ErrorList) -> None:
    """Every rule on the spec of a claim."""
    devices, at, names = spec.get("devices") or {}, f"{path}.devices", request_names(spec)
    validate_set(devices.get("requests") or [], MAX_REQUESTS, _validate_request, f"{at}.requests", errors, _name)
    constraint = partial(_validate_constraint, names)
    validate_items(devices.get("constraints") or [], MAX_REQUESTS, constraint, f"{at}.constraints", errors)
    configuration = partial(validate_claim_configuration, names)
    validate_items(devices.get("config") or [], MAX_CONFIGS, configuration, f"{at}.config", errors)


def _name(item: Json) -> str:
    return item.get("name") or ""


def _validate_request(request: Json, path: str, errors: ErrorList) -> None:
    label(_name(request), f"{path}.name", errors)
    choices, exactly = request.get("firstAvailable") or [], request.get("exactly")
    if not choices and exactly is None:
        errors.required(path, _ONE)
    elif choices and exactly is not None:
        errors.invalid(path, None, f"{_ONE}, but multiple fields are set")
    elif exactly is not None:
        _validate_devices(exactly, f"{path}.exactly", errors)
    else:
        validate_set(choices, _MAX_CHOICES, _validate_choice, f"{path}.firstAvailable", errors, _name)


def _validate_choice(request: Json, path: str, errors: ErrorList) -> None:
    label(_name(request), f"{path}.name", errors)
    _validate_devices(request, path, errors)


def _validate_devices(request: Json, path: str, errors: ErrorList) -> None:
    validate_class_name(request.get("deviceClassName") or "", f"{path}.deviceClassName", errors)
    validate_items(request.get("selectors") or [], MAX_SELECTORS, validate_selector, f"{path}.selectors", errors)
    mode, count = request.get("allocationMode") or "", request.get("count") or 0
    if mode == "All":
        if count:
            errors.invalid(f"{path}.count", count, "must not be specified when allocationMode is 'All'")
    elif mode == "ExactCount":
        if count <= 0:
            errors.invalid(f"{path}.count", count, "must be greater than zero")
    else:
        errors.not_supported(f"{path}.allocationMode", mode, _MODES)
    for index, toleration in enumerate(request.get("tolerations") or ()):
        validate_toleration(toleration, f"{path}.tolerations[{index}]", errors)


def _validate_constraint(names: Names, constraint: Json, path: str, errors: ErrorList) -> None:
    reference = partial(validate_request_reference, names)
    validate_set(constraint.get("requests") or [], MAX_REQUESTS, reference, f"{path}.requests", errors)
    for field in ("matchAttribute", "distinctAttribute"):
        if constraint.get(field) is not None:
            validate_full_attribute_name(constraint[field], f"{path}.{field}", errors)
            return
    detail = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
    errors.required(path, detail)


def validate_claim_configuration(names: Names, configuration: Json, path: str, errors: ErrorList) -> None:
    """Settings for the devices of some requests."""
    reference = partial(validate_request_reference, names)
    validate_set(configuration.get("requests") or [], MAX_REQUESTS, reference, f"{path}.requests", errors)
    validate_configuration(configuration, path, errors)


def validate_request_reference(names: Names, name: str, path: str, errors: ErrorList) -> None:
    """``request`` or ``request/choice``, of those that the claim has."""
    parts = name.split("/")
    if len(parts) > 2:
        errors.invalid(path, name, _REFERENCE)
        return
    for part in parts:
        label(part, path, errors)
    if parts[0] not in names or (len(parts) == 2 and parts[1] not in names[parts[0]]):
        errors.invalid(path, name, _REFERENCE)
