"""The rules on a pod's volumes: each has one source, and the source says what it needs.

Sources of plug-ins that Kubernetes has given up (AWS, GCE, Azure …) are checked for what they must name.
Counterpart: the volume parts of pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pybernetes.api.core.claim_validation import validate_claim_spec
from pybernetes.api.core.env_validation import VOLUME_FIELDS, validate_field_ref, validate_resource_field_ref
from pybernetes.api.core.path_validation import (
    validate_local_descending_path,
    validate_local_non_reserved_path,
    validate_no_backsteps,
)
from pybernetes.api.core.plugin_volume_validation import PLUGIN_CHECKS
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import LABEL_SELECTOR, internal
from pybernetes.api.meta.validation import validate_label_selector, validate_template_metadata
from pybernetes.api.names import dns_label, dns_subdomain
from pybernetes.api.object import Json
from pybernetes.api.quantity import parse_quantity

_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
_MAX_MODE = 0o777
_MIN_TOKEN_SECONDS = 10 * 60
_MAX_TOKEN_SECONDS = 1 << 32
_MAX_DRIVER_NAME = 63
_DUPLICATE_PATHS = "conflicting duplicate paths"
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_HOST_PATH_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)


def validate_volumes(volumes: Sequence[Json], pod_name: str, path: str, errors: ErrorList) -> dict[str, Json]:
    """Check the volumes; gives back the valid ones by name. `pod_name` is empty in a template."""
    created = {f"{pod_name}-{volume.get('name')}" for volume in volumes if pod_name and "ephemeral" in volume}
    known: dict[str, Json] = {}
    for index, volume in enumerate(volumes):
        at = f"{path}[{index}]"
        before = len(errors)
        _validate_source(volume, pod_name, at, errors)
        name = volume.get("name") or ""
        if not name:
            errors.required(f"{at}.name")
        else:
            errors.each_invalid(f"{at}.name", name, dns_label(name))
        if name in known:
            errors.duplicate(f"{at}.name", name)
        if len(errors) == before:
            known[name] = volume
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim in created:
            detail = "must not reference a PVC that gets created for an ephemeral volume"
            errors.invalid(f"{at}.persistentVolumeClaim.claimName", claim, detail)
    return known


def _validate_source(volume: Json, pod_name: str, path: str, errors: ErrorList) -> None:
    sources = [kind for kind in volume if kind != "name"]
    if not sources:
        errors.required(path, "must specify a volume type")
        return
    if len(sources) > 1:
        sources.sort(key=_ORDER.index)
        for extra in sources[1:]:
            errors.forbidden(f"{path}.{extra}", "may not specify more than 1 volume type")
    kind = sources[0]
    check = _CHECKS.get(kind)
    if check is not None:
        check(volume[kind], f"{path}.{kind}", errors)
    if kind == "ephemeral" and pod_name and volume.get("name"):
        claim = f"{pod_name}-{volume['name']}"
        for wrong in dns_subdomain(claim):
            errors.invalid(f"{path}.name", volume["name"], f'PVC name "{claim}": {wrong}')


def _required(source: Json, field: str, path: str, errors: ErrorList) -> bool:
    if source.get(field):
        return True
    errors.required(f"{path}.{field}")
    return False


def _validate_mode(source: Json, field: str, path: str, errors: ErrorList) -> None:
    mode = source.get(field)
    if mode is not None and not 0 <= mode <= _MAX_MODE:
        errors.invalid(f"{path}.{field}", mode, _MODE)


def _empty_dir(source: Json, path: str, errors: ErrorList) -> None:
    if "sizeLimit" in source and parse_quantity(source["sizeLimit"]) < 0:
        errors.forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")


def validate_host_path(source: Json, path: str, errors: ErrorList) -> None:
    if not _required(source, "path", path, errors):
        return
    validate_no_backsteps(source["path"], f"{path}.path", errors)
    if source.get("type") is not None and source["type"] not in _HOST_PATH_TYPES:
        errors.not_supported(f"{path}.type", source["type"], _HOST_PATH_TYPES)


def _secret(source: Json, path: str, errors: ErrorList) -> None:
    _required(source, "secretName", path, errors)
    _validate_mode(source, "defaultMode", path, errors)
    _validate_items(source, path, errors)


def _config_map(source: Json, path: str, errors: ErrorList) -> None:
    _required(source, "name", path, errors)
    _validate_mode(source, "defaultMode", path, errors)
    _validate_items(source, path, errors)


def _validate_items(source: Json, path: str, errors: ErrorList) -> None:
    for index, item in enumerate(source.get("items") or ()):
        at = f"{path}.items[{index}]"
        _required(item, "key", at, errors)
        _required(item, "path", at, errors)
        validate_local_non_reserved_path(item.get("path") or "", f"{at}.path", errors)
        _validate_mode(item, "mode", at, errors)


def _downward_api(source: Json, path: str, errors: ErrorList) -> None:
    _validate_mode(source, "defaultMode", path, errors)
    for item in source.get("items") or ():
        _validate_downward_item(item, path, errors)


def _validate_downward_item(item: Json, path: str, errors: ErrorList) -> None:
    _required(item, "path", path, errors)
    validate_local_non_reserved_path(item.get("path") or "", f"{path}.path", errors)
    if "fieldRef" in item:
        validate_field_ref(item["fieldRef"], VOLUME_FIELDS, f"{path}.fieldRef", errors)
        if "resourceFieldRef" in item:
            detail = "fieldRef and resourceFieldRef can not be specified simultaneously"
            errors.invalid(path, "resource", detail)
    elif "resourceFieldRef" in item:
        validate_resource_field_ref(item["resourceFieldRef"], f"{path}.resourceFieldRef", errors, in_volume=True)
    else:
        errors.required(path, "one of fieldRef and resourceFieldRef is required")
    _validate_mode(item, "mode", path, errors)


def _claim(source: Json, path: str, errors: ErrorList) -> None:
    _required(source, "claimName", path, errors)


def _projected(source: Json, path: str, errors: ErrorList) -> None:
    _validate_mode(source, "defaultMode", path, errors)
    taken: set[str] = set()
    for index, projection in enumerate(source.get("sources") or ()):
        at = f"{path}.sources[{index}]"
        for kind in ("secret", "configMap"):
            if kind in projection:
                _required(projection[kind], "name", f"{at}.{kind}", errors)
                _validate_items(projection[kind], f"{at}.{kind}", errors)
                for item in projection[kind].get("items") or ():
                    _take_path(item.get("path"), projection[kind].get("name"), taken, path, errors)
        for item in (projection.get("downwardAPI") or {}).get("items") or ():
            _validate_downward_item(item, f"{at}.downwardAPI", errors)
            _take_path(item.get("path"), item.get("path"), taken, path, errors)
        if "serviceAccountToken" in projection:
            _service_account_token(projection["serviceAccountToken"], f"{at}.serviceAccountToken", path, errors)
        if "clusterTrustBundle" in projection:
            bundle = projection["clusterTrustBundle"]
            _cluster_trust_bundle(bundle, f"{at}.clusterTrustBundle", errors)
            _take_path(bundle.get("path"), bundle.get("path"), taken, path, errors)
        if len(projection) > 1:
            errors.forbidden(at, "may not specify more than 1 volume type per source")


def _take_path(target: str | None, value: str | None, taken: set[str], path: str, errors: ErrorList) -> None:
    if not target:
        return
    if target in taken:
        errors.invalid(path, value or "", _DUPLICATE_PATHS)
    taken.add(target)


def _service_account_token(source: Json, path: str, volume_path: str, errors: ErrorList) -> None:
    seconds = source.get("expirationSeconds", 0)
    if seconds < _MIN_TOKEN_SECONDS:
        errors.invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
    if seconds > _MAX_TOKEN_SECONDS:
        errors.invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")
    if _required(source, "path", volume_path, errors):
        validate_local_non_reserved_path(source["path"], f"{volume_path}.path", errors)


def _cluster_trust_bundle(source: Json, path: str, errors: ErrorList) -> None:
    name, signer = source.get("name"), source.get("signerName")
    if name is not None and signer is not None:
        shown = internal(source, "core.volume_projection.ClusterTrustBundleProjection")
        errors.invalid(path, shown, "only one of name and signerName may be used")
    elif name is not None:
        if not name:
            errors.required(f"{path}.name", "must be a valid object name")
        if "labelSelector" in source:
            detail = "labelSelector must be unset if name is specified"
            errors.invalid(f"{path}.labelSelector", internal(source["labelSelector"], LABEL_SELECTOR), detail)
    elif signer is not None:
        if not signer:
            errors.required(f"{path}.signerName", "must be a valid signer name")
        if "labelSelector" in source:
            validate_label_selector(source["labelSelector"], f"{path}.labelSelector", errors)
    else:
        errors.required(path, "either name or signerName must be specified")
    _required(source, "path", path, errors)
    validate_local_non_reserved_path(source.get("path") or "", f"{path}.path", errors)


def _ephemeral(source: Json, path: str, errors: ErrorList) -> None:
    template = source.get("volumeClaimTemplate")
    if template is None:
        errors.required(f"{path}.volumeClaimTemplate")
        return
    validate_template_metadata(template.get("metadata") or {}, f"{path}.volumeClaimTemplate.metadata", errors)
    validate_claim_spec(template.get("spec") or {}, f"{path}.volumeClaimTemplate.spec", errors)


def _image(source: Json, path: str, errors: ErrorList) -> None:
    _required(source, "reference", path, errors)
    if source.get("pullPolicy") not in _PULL_POLICIES:
        errors.not_supported(f"{path}.pullPolicy", source.get("pullPolicy") or "", _PULL_POLICIES)


def _git_repo(source: Json, path: str, errors: ErrorList) -> None:
    _required(source, "repository", path, errors)
    validate_local_descending_path(source.get("directory") or "", f"{path}.directory", errors)


def validate_csi_driver(driver: str, path: str, errors: ErrorList) -> None:
    """The name of a driver: a domain, in either case."""
    if not driver:
        errors.required(path)
        return
    if len(driver) > _MAX_DRIVER_NAME:
        errors.too_long(path, _MAX_DRIVER_NAME)
    errors.each_invalid(path, driver, dns_subdomain(driver.lower()))


def _csi(source: Json, path: str, errors: ErrorList) -> None:
    validate_csi_driver(source.get("driver") or "", f"{path}.driver", errors)
    secret = source.get("nodePublishSecretRef")
    if secret is not None:
        if not secret.get("name"):
            errors.required(f"{path}.nodePublishSecretRef.name")
        else:
            errors.each_invalid(f"{path}.name", secret["name"], dns_subdomain(secret["name"]))


_Check = Callable[[Json, str, ErrorList], None]

_CHECKS: dict[str, _Check] = {
    "emptyDir": _empty_dir,
    "hostPath": validate_host_path,
    "gitRepo": _git_repo,
    "secret": _secret,
    "persistentVolumeClaim": _claim,
    "downwardAPI": _downward_api,
    "configMap": _config_map,
    "projected": _projected,
    "csi": _csi,
    "ephemeral": _ephemeral,
    "image": _image,
    **PLUGIN_CHECKS,
}

# Which of several sources counts as the first: the order in which Kubernetes looks at them.
_ORDER = (
    *("emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi"),
    *("glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc"),
    *("flexVolume", "configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume"),
    *("azureDisk", "storageos", "projected", "scaleIO", "csi", "ephemeral", "image"),
)
