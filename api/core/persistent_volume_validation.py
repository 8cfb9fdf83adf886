"""The rules on persistent volumes: one kind of storage, a size, and what may change.

Counterpart: the persistent volume parts of pkg/apis/core/validation and pkg/api/persistentvolume.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from pybernetes.api.core.affinity_validation import validate_node_selector
from pybernetes.api.core.claim_validation import (
    POSITIVE,
    VOLUME_MODES,
    validate_access_modes,
    validate_basic_quantity,
)
from pybernetes.api.core.claim_warnings import BETA_STORAGE_CLASS
from pybernetes.api.core.path_validation import validate_no_backsteps
from pybernetes.api.core.plugin_volume_validation import PLUGIN_CHECKS
from pybernetes.api.core.pod_warnings import node_selector_term_warnings
from pybernetes.api.core.volume_validation import validate_csi_driver, validate_host_path
from pybernetes.api.difference import describe_difference
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal, internal_value
from pybernetes.api.meta.validation import IMMUTABLE, validate_immutable
from pybernetes.api.names import dns_label, dns_subdomain
from pybernetes.api.object import Json, annotations_of
from pybernetes.api.quantity import parse_quantity

_POLICIES = ("Delete", "Recycle", "Retain")
_SPEC = "core.persistent_volume.PersistentVolumeSpec"
_ONE_TYPE = "may not specify more than 1 volume type"
_SECRETS = ("controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef")
_Check = Callable[[Json, str, ErrorList], None]


def validate_persistent_volume(volume: Json, errors: ErrorList) -> None:
    """Every rule on a volume (ValidatePersistentVolumeSpec)."""
    spec = volume.get("spec") or {}
    if not spec.get("accessModes"):
        errors.required("spec.accessModes")
    validate_access_modes(spec.get("accessModes") or (), "spec.accessModes", errors)
    _validate_capacity(spec.get("capacity") or {}, errors)
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy and policy not in _POLICIES:
        errors.not_supported("spec.persistentVolumeReclaimPolicy", policy, _POLICIES)
    required = (spec.get("nodeAffinity") or {}).get("required")
    if required is not None:
        validate_node_selector(required, "spec.nodeAffinity.required", errors)
    elif "nodeAffinity" in spec:
        errors.required("spec.nodeAffinity.required", "must specify required node constraints")
    _validate_source(spec, errors)
    if posixpath.normpath((spec.get("hostPath") or {}).get("path") or ".") == "/" and policy == "Recycle":
        detail = "may not be 'recycle' for a hostPath mount of '/'"
        errors.forbidden("spec.persistentVolumeReclaimPolicy", detail)
    if spec.get("storageClassName"):
        errors.each_invalid("spec.storageClassName", spec["storageClassName"], dns_subdomain(spec["storageClassName"]))
    if spec.get("volumeMode") is not None and spec["volumeMode"] not in VOLUME_MODES:
        errors.not_supported("spec.volumeMode", spec["volumeMode"], VOLUME_MODES)
    _validate_settings(spec, errors)


def _validate_capacity(capacity: Json, errors: ErrorList) -> None:
    if not capacity:
        errors.required("spec.capacity")
    if list(capacity) != ["storage"]:
        errors.not_supported("spec.capacity", capacity or None, ("storage",))
    for name, quantity in capacity.items():
        validate_basic_quantity(quantity, f"spec.capacity[{name}]", errors)
        if parse_quantity(quantity) <= 0:
            errors.invalid(f"spec.capacity[{name}]", quantity, POSITIVE)


def _validate_settings(spec: Json, errors: ErrorList) -> None:
    settings, at = spec.get("volumeAttributesClassName"), "spec.volumeAttributesClassName"
    if settings is None:
        return
    if not settings:
        errors.required(at, "an empty string is disallowed")
    else:
        errors.each_invalid(at, settings, dns_subdomain(settings))
    if "csi" not in spec:
        errors.required("spec.csi", "has to be specified when using volumeAttributesClassName")


def _validate_source(spec: Json, errors: ErrorList) -> None:
    found = [source for source in _SOURCES if source in spec]
    if not found:
        errors.required("spec", "must specify a volume type")
    for position, source in enumerate(found):
        if position and source != "flexVolume":  # Kubernetes does not count it against the others
            errors.forbidden(f"spec.{'cephFS' if source == 'cephfs' else source}", _ONE_TYPE)
            continue
        at = "spec.persistentDisk" if source == "gcePersistentDisk" else f"spec.{source}"
        _SOURCES[source](spec[source], at, errors)
        if source == "local" and "required" not in (spec.get("nodeAffinity") or {}):
            errors.required("spec.nodeAffinity", "Local volume requires node affinity")


def _then(*checks: _Check) -> _Check:
    def check(source: Json, path: str, errors: ErrorList) -> None:
        for one in checks:
            one(source, path, errors)

    return check


def _endpoints_namespace(source: Json, path: str, errors: ErrorList) -> None:
    namespace, at = source.get("endpointsNamespace"), f"{path}.endpointsNamespace"
    if namespace == "":
        errors.invalid(at, namespace, "if the endpointnamespace is set, it must be a valid namespace name")
    elif namespace is not None:
        errors.each_invalid(at, namespace, dns_label(namespace))


def _secret_in_namespace(source: Json, path: str, errors: ErrorList) -> None:
    if "secretRef" in source and not source["secretRef"].get("namespace"):
        errors.required(f"{path}.secretRef.namespace")


def _secret_name(source: Json, path: str, errors: ErrorList) -> None:
    if "secretRef" in source and not source["secretRef"].get("name"):
        errors.required(f"{path}.secretRef.name")


def _secret_namespace(source: Json, path: str, errors: ErrorList) -> None:
    if source.get("secretNamespace") == "":
        errors.required(f"{path}.secretNamespace")


def _local(source: Json, path: str, errors: ErrorList) -> None:
    if not source.get("path"):
        errors.required(f"{path}.path")
    else:
        validate_no_backsteps(source["path"], f"{path}.path", errors)


def _storageos(source: Json, path: str, errors: ErrorList) -> None:
    if not source.get("volumeName"):
        errors.required(f"{path}.volumeName")
    for field in ("volumeName", "volumeNamespace"):
        if source.get(field):
            errors.each_invalid(f"{path}.{field}", source[field], dns_label(source[field]))


def _csi(source: Json, path: str, errors: ErrorList) -> None:
    validate_csi_driver(source.get("driver") or "", f"{path}.driver", errors)
    if not source.get("volumeHandle"):
        errors.required(f"{path}.volumeHandle")
    for field in _SECRETS:
        if field not in source:
            continue
        for part, check in (("name", dns_subdomain), ("namespace", dns_label)):
            value, at = source[field].get(part) or "", f"{path}.{field}.{part}"
            if not value:
                errors.required(at)
            else:
                errors.each_invalid(at, value, check(value))


# In the order in which Kubernetes looks at them: the first counts.
_SOURCES: dict[str, _Check] = {
    "hostPath": validate_host_path,
    "gcePersistentDisk": PLUGIN_CHECKS["gcePersistentDisk"],
    "awsElasticBlockStore": PLUGIN_CHECKS["awsElasticBlockStore"],
    "glusterfs": _then(PLUGIN_CHECKS["glusterfs"], _endpoints_namespace),
    "flocker": PLUGIN_CHECKS["flocker"],
    "nfs": PLUGIN_CHECKS["nfs"],
    "rbd": PLUGIN_CHECKS["rbd"],
    "quobyte": PLUGIN_CHECKS["quobyte"],
    "cephfs": PLUGIN_CHECKS["cephfs"],
    "iscsi": PLUGIN_CHECKS["iscsi"],
    "cinder": _then(PLUGIN_CHECKS["cinder"], _secret_in_namespace),
    "fc": PLUGIN_CHECKS["fc"],
    "flexVolume": PLUGIN_CHECKS["flexVolume"],
    "azureFile": _then(PLUGIN_CHECKS["azureFile"], _secret_namespace),
    "vsphereVolume": PLUGIN_CHECKS["vsphereVolume"],
    "photonPersistentDisk": PLUGIN_CHECKS["photonPersistentDisk"],
    "portworxVolume": PLUGIN_CHECKS["portworxVolume"],
    "azureDisk": PLUGIN_CHECKS["azureDisk"],
    "scaleIO": PLUGIN_CHECKS["scaleIO"],
    "local": _local,
    "storageos": _then(_storageos, _secret_name, _secret_in_namespace),
    "csi": _csi,
}


def validate_persistent_volume_update(new: Json, old: Json, errors: ErrorList) -> None:
    """The storage stays; where it can be reached from may be said once (ValidatePersistentVolumeUpdate)."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    source = {field: spec[field] for field in _SOURCES if field in spec}
    was = {field: before[field] for field in _SOURCES if field in before}
    expand = "controllerExpandSecretRef"
    if "csi" in source and "csi" in was and expand not in was["csi"]:
        source["csi"] = {field: value for field, value in source["csi"].items() if field != expand}
    if source != was:
        states = (internal_value(one, _SPEC, "PersistentVolumeSource") for one in (was, source))
        detail = f"spec.persistentvolumesource is immutable after creation\n{describe_difference(*states)}"
        errors.forbidden("spec.persistentvolumesource", detail)
    validate_immutable(spec.get("volumeMode"), before.get("volumeMode"), "volumeMode", errors)
    if "nodeAffinity" in before and not _same_affinity(spec.get("nodeAffinity"), before["nodeAffinity"]):
        shown = internal(spec.get("nodeAffinity"), "core.persistent_volume.VolumeNodeAffinity")
        errors.invalid("nodeAffinity", shown, f"{IMMUTABLE}, except for updating from beta label to GA")
    if before.get("volumeAttributesClassName") is not None and spec.get("volumeAttributesClassName") is None:
        detail = "update from non-nil value to nil is forbidden"
        errors.forbidden("spec.volumeAttributesClassName", detail)


_STABLE_LABELS = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}


def _same_affinity(new: Json | None, old: Json) -> bool:
    """Equal, but for labels that go by their stable names now."""
    if new == old:
        return True
    terms, before = (((one or {}).get("required") or {}).get("nodeSelectorTerms") or [] for one in (new, old))
    renamed = [
        {part: _renamed(was.get(part) or [], term.get(part) or []) for part in was}
        for was, term in zip(before, terms, strict=False)
    ]
    return len(terms) == len(before) and renamed == terms


def _renamed(requirements: list[Json], wanted: list[Json]) -> list[Json]:
    return [
        {**one, "key": new["key"]} if _STABLE_LABELS.get(one.get("key", "")) == new.get("key") else one
        for one, new in zip(requirements, wanted, strict=False)
    ] + requirements[len(wanted) :]


_OUT_OF_USE = {
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}


def persistent_volume_warnings(new: Json, old: Json | None) -> list[str]:
    """About storage that is out of use, and other things of old."""
    spec, found = new.get("spec") or {}, []
    if BETA_STORAGE_CLASS in annotations_of(new):
        where = f"metadata.annotations[{BETA_STORAGE_CLASS}]"
        found.append(f'{where}: deprecated since v1.8; use "storageClassName" attribute instead')
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        found.append(
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended "
            "approach is to use dynamic provisioning."
        )
    terms = ((spec.get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms") or ()
    for index, term in enumerate(terms):
        found += node_selector_term_warnings(term, f"spec.nodeAffinity.required.nodeSelectorTerms[{index}]")
    for source, message in _OUT_OF_USE.items():
        if source in spec:
            found.append(f"spec.{'storageOS' if source == 'storageos' else source}: {message}")
    return found
