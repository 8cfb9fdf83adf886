"""The rules on environment variables and on references to fields and resources of the pod.

Counterpart: the env and downward API parts of pkg/apis/core/validation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from pybernetes.api.core.path_validation import validate_no_backsteps
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_label_name
from pybernetes.api.names import config_key, dns_label, dns_subdomain, env_var_name
from pybernetes.api.object import Json

_ONE_SOURCE = "may not have more than one field specified at a time"
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
VOLUME_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_KNOWN_FIELDS = frozenset((*_ENV_FIELDS, *VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase"))
_RESOURCE_FIELDS = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_HUGEPAGES_FIELDS = ("limits.hugepages-", "requests.hugepages-")
_CPU_DIVISORS = ("1m", "1")
_SIZE_DIVISORS = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
_SUBSCRIPTED = re.compile(r"(metadata\.\w+)\['(.*)'\]")


@lru_cache(4096)
def _wrong_env_name(name: str) -> tuple[str, ...]:
    return tuple(env_var_name(name))


def validate_env(variables: Sequence[Json], path: str, errors: ErrorList) -> None:
    """Names are printable; a value comes from one place."""
    for index, variable in enumerate(variables):
        name = variable.get("name") or ""
        if not name:
            errors.required(f"{path}[{index}].name")
        elif _wrong_env_name(name):
            errors.each_invalid(f"{path}[{index}].name", name, _wrong_env_name(name))
        if "valueFrom" in variable:
            _validate_value_from(variable, f"{path}[{index}].valueFrom", errors)


def _validate_value_from(variable: Json, path: str, errors: ErrorList) -> None:
    source = variable["valueFrom"]
    found = [name for name in _SOURCES if name in source]
    if "fieldRef" in source:
        validate_field_ref(source["fieldRef"], _ENV_FIELDS, f"{path}.fieldRef", errors)
    if "resourceFieldRef" in source:
        validate_resource_field_ref(source["resourceFieldRef"], f"{path}.resourceFieldRef", errors, in_volume=False)
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source:
            _validate_key_ref(source[kind], f"{path}.{kind}", errors)
    if "fileKeyRef" in source:
        _validate_file_key_ref(source["fileKeyRef"], f"{path}.fileKeyRef", errors)
    if not found:
        detail = (
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        )
        errors.invalid(path, "", detail)
    elif variable.get("value"):
        errors.invalid(path, "", "may not be specified when `value` is not empty")
    elif len(found) > 1:
        errors.invalid(path, "", _ONE_SOURCE)


def _validate_key_ref(reference: Json, path: str, errors: ErrorList) -> None:
    name, key = reference.get("name") or "", reference.get("key") or ""
    errors.each_invalid(f"{path}.name", name, dns_subdomain(name))
    if not key:
        errors.required(f"{path}.key")
    else:
        errors.each_invalid(f"{path}.key", key, config_key(key))


def _validate_file_key_ref(reference: Json, path: str, errors: ErrorList) -> None:
    key, volume, file = (reference.get(field) or "" for field in ("key", "volumeName", "path"))
    if key:
        errors.each_invalid(f"{path}.key", key, _wrong_env_name(key))
    else:
        errors.required(f"{path}.key")
    if volume:
        errors.each_invalid(f"{path}.volumeName", volume, dns_label(volume))
    else:
        errors.required(f"{path}.volumeName")
    if file:
        validate_no_backsteps(file, f"{path}.path", errors)
    else:
        errors.required(f"{path}.path")


def validate_env_files(containers: Sequence[Json], volumes: Mapping[str, Json], path: str, errors: ErrorList) -> None:
    """Files with variables are in volumes that begin empty (validateFileKeyRefVolumes)."""
    for index, container in enumerate(containers):
        for place, variable in enumerate(container.get("env") or ()):
            file = (variable.get("valueFrom") or {}).get("fileKeyRef")
            if file is None:
                continue
            name, at = file.get("volumeName") or "", f"{path}[{index}].env[{place}].valueFrom.fileKeyRef.volumeName"
            if name not in volumes:
                errors.not_found(at, name)
            elif "emptyDir" not in volumes[name]:
                errors.invalid(at, name, "referenced volume must be of type emptyDir")


def validate_env_from(sources: Sequence[Json], path: str, errors: ErrorList) -> None:
    """Each takes all the keys of one config map or one secret."""
    for index, source in enumerate(sources):
        at = f"{path}[{index}]"
        if source.get("prefix"):
            errors.each_invalid(f"{at}.prefix", source["prefix"], env_var_name(source["prefix"]))
        found = [kind for kind in ("configMapRef", "secretRef") if kind in source]
        for kind in found:
            name = source[kind].get("name") or ""
            if not name:
                errors.required(f"{at}.{kind}.name")
            else:
                errors.each_invalid(f"{at}.{kind}.name", name, dns_subdomain(name.rstrip("-") or name))
        if not found:
            errors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(found) > 1:
            errors.invalid(path, "", _ONE_SOURCE)


def validate_field_ref(reference: Json, fields: Collection[str], path: str, errors: ErrorList) -> None:
    """A reference to one of `fields` of the pod, or to one of its labels or annotations."""
    field = reference.get("fieldPath") or ""
    if not reference.get("apiVersion"):
        errors.required(f"{path}.apiVersion")
    elif not field:
        errors.required(f"{path}.fieldPath")
    elif reference["apiVersion"] != "v1":
        detail = f"error converting fieldPath: unsupported pod version: {reference['apiVersion']}"
        errors.invalid(f"{path}.fieldPath", field, detail)
    elif found := _SUBSCRIPTED.fullmatch(field):
        _validate_subscript(found.group(1), found.group(2), path, errors)
    elif field not in _KNOWN_FIELDS:
        detail = f"error converting fieldPath: field label not supported: {field}"
        errors.invalid(f"{path}.fieldPath", field, detail)
    elif field not in fields:
        errors.not_supported(f"{path}.fieldPath", field, fields)


def _validate_subscript(field: str, key: str, path: str, errors: ErrorList) -> None:
    if field == "metadata.annotations":
        validate_label_name(key.lower(), path, errors)
    elif field == "metadata.labels":
        validate_label_name(key, path, errors)
    else:
        errors.invalid(path, field, "does not support subscript")


def validate_resource_field_ref(reference: Json, path: str, errors: ErrorList, *, in_volume: bool) -> None:
    """A reference to a request or a limit of a container."""
    resource = reference.get("resource") or ""
    if in_volume and not reference.get("containerName"):
        errors.required(f"{path}.containerName")
    elif not resource:
        errors.required(f"{path}.resource")
    elif resource not in _RESOURCE_FIELDS and not resource.startswith(_HUGEPAGES_FIELDS):
        errors.not_supported(f"{path}.resource", resource, _RESOURCE_FIELDS)
    divisor = reference.get("divisor") or "0"
    if divisor == "0" or not resource:
        return
    named = resource.partition(".")[2]
    choices = _CPU_DIVISORS if named == "cpu" else _SIZE_DIVISORS
    if divisor not in choices:
        _add_bad_divisor(resource, named, path, errors)


def _add_bad_divisor(resource: str, named: str, path: str, errors: ErrorList) -> None:
    if named == "cpu":
        errors.invalid(
            f"{path}.divisor", resource, "only divisor's values 1m and 1 are supported with the cpu resource"
        )
        return
    names = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}
    kind = "hugepages" if named.startswith("hugepages-") else names.get(named)
    if kind:
        values = ", ".join(_SIZE_DIVISORS)
        detail = f"only divisor's values {values} are supported with the {kind} resource"
        errors.invalid(f"{path}.divisor", resource, detail)
