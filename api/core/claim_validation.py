"""The rules on claims of storage: what they wish for, and what may change once they are there.

The spec is the same in a claim, in a pod's volume and in a stateful set's template. A bound claim may grow, and take
other settings; nothing else of it changes.

Counterpart: the claim parts of pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.core.claim_warnings import BETA_STORAGE_CLASS
from pybernetes.api.core.resource_validation import is_native, validate_quantity
from pybernetes.api.difference import describe_difference
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal_value
from pybernetes.api.meta.validation import validate_immutable, validate_label_selector
from pybernetes.api.names import dns_label, dns_subdomain, qualified_name
from pybernetes.api.object import Json, annotations_of, deep_copy
from pybernetes.api.quantity import parse_quantity, whole

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
POSITIVE = "must be greater than zero"
_RESIZE_STATES = (
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
    "NodeResizePending",
)
_FIXED = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
_DEFAULT_GROUP = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"


def validate_claim(claim: Json, errors: ErrorList) -> None:
    """Every rule on a claim."""
    validate_claim_spec(claim.get("spec") or {}, "spec", errors)


def validate_claim_spec(spec: Json, path: str, errors: ErrorList) -> None:
    """What is wished for, wherever it stands (ValidatePersistentVolumeClaimSpec)."""
    if not spec.get("accessModes"):
        errors.required(f"{path}.accessModes", "at least 1 access mode is required")
    if "selector" in spec:
        validate_label_selector(spec["selector"], f"{path}.selector", errors)
    validate_access_modes(spec.get("accessModes") or (), f"{path}.accessModes", errors)
    storage, at = _storage(spec), f"{path}.resources[storage]"
    if storage is None:
        errors.required(at)
    elif parse_quantity(storage) <= 0:
        errors.invalid(at, storage, POSITIVE)
    else:
        validate_quantity("storage", storage, at, errors)
    if spec.get("storageClassName"):
        errors.each_invalid(
            f"{path}.storageClassName", spec["storageClassName"], dns_subdomain(spec["storageClassName"])
        )
    if spec.get("volumeMode") is not None and spec["volumeMode"] not in VOLUME_MODES:
        errors.not_supported(f"{path}.volumeMode", spec["volumeMode"], VOLUME_MODES)
    _validate_sources(spec, path, errors)
    settings = spec.get("volumeAttributesClassName")
    if settings:
        errors.each_invalid(f"{path}.volumeAttributesClassName", settings, dns_subdomain(settings))


def validate_access_modes(modes: Sequence[str], path: str, errors: ErrorList) -> None:
    """Known ones, and the one for a single pod alone."""
    for mode in modes:
        if mode not in ACCESS_MODES:
            errors.not_supported(path, mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and any(mode in ACCESS_MODES[:-1] for mode in modes):
        errors.forbidden(path, "may not use ReadWriteOncePod with other access modes")


def _storage(spec: Json) -> str | None:
    storage: str | None = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    return storage


def _validate_sources(spec: Json, path: str, errors: ErrorList) -> None:
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    for field, value in (("dataSource", source), ("dataSourceRef", reference)):
        if value is not None:
            _validate_source(value, f"{path}.{field}", errors)
    if source is None or reference is None:
        return
    if reference.get("namespace"):
        detail = "may not be specified when dataSourceRef.namespace is specified"
        errors.invalid(path, f"{path}.dataSource", detail)
    elif any(source.get(field) != reference.get(field) for field in ("apiGroup", "kind", "name")):
        errors.invalid(path, f"{path}.dataSource", "must match dataSourceRef")


def _validate_source(source: Json, path: str, errors: ErrorList) -> None:
    for field in ("name", "kind"):
        if not source.get(field):
            errors.required(f"{path}.{field}")
    group = source.get("apiGroup") or ""
    if group:
        errors.each_invalid(f"{path}.apiGroup", group, dns_subdomain(group))
    elif source.get("kind") != "PersistentVolumeClaim":
        errors.invalid(path, source.get("kind") or "", _DEFAULT_GROUP)
    if source.get("namespace"):
        errors.each_invalid(f"{path}.namespace", source["namespace"], dns_label(source["namespace"]))


def validate_claim_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What may change (ValidatePersistentVolumeClaimUpdate)."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    wanted, allowed = deep_copy(spec), deep_copy(before)
    if not before.get("volumeName") and spec.get("volumeName"):
        allowed["volumeName"] = spec["volumeName"]
    _allow_class(wanted, new, old, errors)
    if (new.get("status") or {}).get("phase") == "Bound":
        _allow_growth(wanted, before)
    if wanted != allowed:
        states = (internal_value(one, "core.volume_claim.PersistentVolumeClaimSpec") for one in (allowed, wanted))
        errors.forbidden("spec", f"{_FIXED}\n{describe_difference(*states)}")
    size, had = _storage(spec), _storage(before)
    if parse_quantity(size or "0") < parse_quantity(had or "0"):
        capacity = ((old.get("status") or {}).get("capacity") or {}).get("storage") or "0"
        if parse_quantity(size or "0") <= parse_quantity(capacity):
            errors.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")
    validate_immutable(spec.get("volumeMode"), before.get("volumeMode"), "volumeMode", errors)
    _validate_settings_change(spec, old, errors)


def _allow_class(wanted: Json, new: Json, old: Json, errors: ErrorList) -> None:
    """A class may be set where there was none, or where an annotation named it before."""
    before, name = (old.get("spec") or {}).get("storageClassName"), wanted.get("storageClassName")
    annotation, was = annotations_of(new).get(BETA_STORAGE_CLASS), annotations_of(old).get(BETA_STORAGE_CLASS)
    set_anew = before is None and name is not None and was in (None, name)
    if set_anew:
        wanted.pop("storageClassName")
    if not (set_anew and was is not None and annotation in (None, was)) and annotation != was:
        errors.invalid(f"metadata.annotations[{BETA_STORAGE_CLASS}]", annotation or "", "field is immutable")


def _allow_growth(wanted: Json, before: Json) -> None:
    requests = (wanted.get("resources") or {}).get("requests")
    if requests is not None:
        requests["storage"] = _storage(before)
    wanted.pop("volumeAttributesClassName", None)
    if "volumeAttributesClassName" in before:
        wanted["volumeAttributesClassName"] = before["volumeAttributesClassName"]


def _validate_settings_change(spec: Json, old: Json, errors: ErrorList) -> None:
    settings, at = spec.get("volumeAttributesClassName"), "spec.volumeAttributesClassName"
    current = (old.get("status") or {}).get("currentVolumeAttributesClassName")
    if current is None or settings == (old.get("spec") or {}).get("volumeAttributesClassName") or settings:
        return
    value = "nil" if settings is None else "empty string"
    errors.forbidden(at, f"update to {value} is forbidden when status.currentVolumeAttributesClassName is not nil")


def validate_claim_status(new: Json, old: Json, errors: ErrorList) -> None:
    """Sizes and how far growing has come (ValidatePersistentVolumeClaimStatusUpdate)."""
    status = new.get("status") or {}
    if not (new.get("spec") or {}).get("accessModes"):
        errors.required("Spec.accessModes")
    for name, quantity in (status.get("capacity") or {}).items():
        validate_basic_quantity(quantity, f"status.capacity[{name}]", errors)
    at = "status.allocatedResourceStatuses"
    for name, state in (status.get("allocatedResourceStatuses") or {}).items():
        _validate_resource_key(name, at, errors)
        if state not in _RESIZE_STATES:
            errors.not_supported(at, name, sorted(_RESIZE_STATES))
    at = "status.allocatedResources"
    for name, quantity in (status.get("allocatedResources") or {}).items():
        before = len(errors)
        _validate_resource_key(name, at, errors)
        if len(errors) == before:
            validate_basic_quantity(quantity, f"{at}[{name}]", errors)


def _validate_resource_key(name: str, path: str, errors: ErrorList) -> None:
    wrong = qualified_name(name)
    errors.each_invalid(path, name, wrong)
    if not wrong and is_native(name) and name != "storage":
        errors.not_supported(path, name, ("storage",))


def validate_basic_quantity(quantity: str, path: str, errors: ErrorList) -> None:
    """An amount that is not negative (validateBasicResource)."""
    if parse_quantity(quantity) < 0:
        errors.invalid(path, whole(quantity), "must be a valid resource quantity")
