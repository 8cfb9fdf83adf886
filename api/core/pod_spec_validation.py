"""The rules on a pod's spec, in a pod as in a template.

Counterpart: ValidatePodSpec and ValidatePodTemplateSpec in pkg/apis/core/validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from pybernetes.api.addresses import inclusive_range, legacy_ip
from pybernetes.api.core.affinity_validation import (
    validate_affinity,
    validate_tolerations,
    validate_topology_spread,
)
from pybernetes.api.core.container_validation import PodContext, validate_containers, validate_image_of_pod
from pybernetes.api.core.env_validation import validate_env_files
from pybernetes.api.core.pod_annotation_validation import validate_pod_annotations, validate_profile_annotations
from pybernetes.api.core.pod_defaults import aggregate
from pybernetes.api.core.pod_spec_memory import OWN_FIELDS, SpecMemory, spec_key
from pybernetes.api.core.resource_validation import (
    container_resource_name,
    validate_pod_level_resources,
    validate_resource_list,
)
from pybernetes.api.core.security_validation import validate_host_users, validate_os, validate_pod_security_context
from pybernetes.api.core.volume_validation import validate_volumes
from pybernetes.api.core.windows_validation import validate_host_process
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.validation import validate_annotations, validate_label_name, validate_labels
from pybernetes.api.names import dns_label, dns_subdomain
from pybernetes.api.object import Json

_CLAIM = "core.pod.PodResourceClaim"
_AFTER_SPREAD = "hostUsers"  # Kubernetes looks at processes of the host right before it
_MAX_INT32 = 2**31 - 1
_MAX_NAMESERVERS = 3  # what libc reads
_MAX_SEARCHES = 32
_MAX_SEARCH_CHARACTERS = 2048
_MAX_HOSTNAME_OVERRIDE = 64  # Linux' limit on a host's name
_SUBDOMAIN_UNDERSCORE = r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*"
_SEARCH_PATTERN = re.compile(_SUBDOMAIN_UNDERSCORE)
_BAD_SEARCH = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    f"'{_SUBDOMAIN_UNDERSCORE}')"
)


@lru_cache(4096)
def _wrong_subdomain(name: str) -> tuple[str, ...]:
    return tuple(dns_subdomain(name))


def validate_pod_spec(spec: Json, path: str, errors: ErrorList, *, pod_name: str = "", in_pod: bool = False) -> None:
    """Every rule on a spec. `in_pod` is false in a template, where some fields are set later."""
    key = spec_key(spec) if in_pod else None
    if key in _valid_specs and _are_valid(OWN_FIELDS, spec, path):
        return
    _validate_anew(spec, path, errors, pod_name=pod_name, in_pod=in_pod)
    if key is not None and not errors and not errors.warnings:
        _valid_specs.add(key)


_valid_specs = SpecMemory()


def _are_valid(fields: Iterable[str], spec: Json, path: str) -> bool:
    errors = ErrorList()
    _check_fields(fields, spec, path, errors)
    return not errors


def _validate_anew(spec: Json, path: str, errors: ErrorList, *, pod_name: str, in_pod: bool) -> None:
    volumes: dict[str, Json] = {}
    if spec.get("terminationGracePeriodSeconds") is None:
        errors.required(f"{path}.terminationGracePeriodSeconds")
    if "volumes" in spec:
        volumes = validate_volumes(spec["volumes"], pod_name, f"{path}.volumes", errors)
    if "resourceClaims" in spec:
        _resource_claims(spec["resourceClaims"], f"{path}.resourceClaims", errors)
    validate_containers(spec, PodContext(spec, volumes), path, errors)
    if spec.get("resources"):
        totals = {part: aggregate(spec, part) for part in ("requests", "limits")}
        validate_pod_level_resources(spec, totals, f"{path}.resources", errors)
    if spec.get("hostNetwork"):
        _validate_host_network(spec, path, errors, in_pod)
    before = len(errors)
    _check_fields(spec, spec, path, errors)
    if _names_windows(spec):
        validate_host_process(spec, path, errors)
    _validate_containers_last(spec, path, errors, in_pod)
    if len(errors) > before:  # once more, in the order in which Kubernetes names what is wrong
        del errors.causes[before:]
        _check_fields(_CHECKS, spec, path, errors)
        _validate_containers_last(spec, path, errors, in_pod)


def _validate_containers_last(spec: Json, path: str, errors: ErrorList, in_pod: bool) -> None:
    """What Kubernetes looks at after all fields: files with variables, and space around images."""
    volumes = {volume.get("name") or "": volume for volume in spec.get("volumes") or ()}
    for part in _CONTAINER_PARTS:
        validate_env_files(spec.get(part) or (), volumes, f"{path}.{part}", errors)
    for part in ("containers", "initContainers") if in_pod else ():
        for index, container in enumerate(spec.get(part) or ()):
            validate_image_of_pod(container, f"{path}.{part}[{index}]", errors)


def _names_windows(spec: Json) -> bool:
    """Whether the pod or a container of it has options for Windows."""
    holders = (spec, *(one for part in _CONTAINER_PARTS for one in spec.get(part) or ()))
    return any("windowsOptions" in (holder.get("securityContext") or ()) for holder in holders)


_CONTAINER_PARTS = ("initContainers", "containers", "ephemeralContainers")


def _check_fields(fields: Iterable[str], spec: Json, path: str, errors: ErrorList) -> None:
    for field in fields:
        if field == _AFTER_SPREAD and fields is _CHECKS:
            validate_host_process(spec, path, errors)
        check = _CHECKS.get(field)
        if check is not None and field in spec:
            check(spec[field], spec, path, errors)


def validate_pod_template(template: Json, path: str, errors: ErrorList) -> None:
    """A template of a pod: labels, annotations and the spec."""
    meta = template.get("metadata") or {}
    if "labels" in meta:
        validate_labels(meta["labels"], f"{path}.labels", errors)
    spec = template.get("spec") or {}
    if "annotations" in meta:
        validate_annotations(meta["annotations"], f"{path}.annotations", errors)
        validate_pod_annotations(meta["annotations"], spec, f"{path}.annotations", errors)
    validate_pod_spec(spec, f"{path}.spec", errors)
    if "annotations" in meta:
        validate_profile_annotations(meta["annotations"], spec, f"{path}.spec", errors)
    if spec.get("ephemeralContainers"):
        errors.forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def _validate_host_network(spec: Json, path: str, errors: ErrorList, in_pod: bool) -> None:
    for index, container in enumerate(spec.get("containers") or ()):
        for place, port in enumerate(container.get("ports") or ()):
            host = port.get("hostPort") or 0
            if (in_pod or host) and host != port.get("containerPort"):
                detail = "must match `containerPort` when `hostNetwork` is true"
                errors.invalid(f"{path}.containers[{index}].ports[{place}].hostPort", host, detail)


def _subdomain(field: str) -> Callable[[Any, Json, str, ErrorList], None]:
    def check(value: str, spec: Json, path: str, errors: ErrorList) -> None:
        if _wrong_subdomain(value):
            errors.each_invalid(f"{path}.{field}", value, _wrong_subdomain(value))

    return check


def _label(field: str) -> Callable[[Any, Json, str, ErrorList], None]:
    def check(value: str, spec: Json, path: str, errors: ErrorList) -> None:
        errors.each_invalid(f"{path}.{field}", value, dns_label(value))

    return check


def _part(field: str, rule: Callable[[Any, str, ErrorList], None]) -> Callable[[Any, Json, str, ErrorList], None]:
    def check(value: Any, spec: Json, path: str, errors: ErrorList) -> None:
        rule(value, f"{path}.{field}", errors)

    return check


def _active_deadline(value: int, spec: Json, path: str, errors: ErrorList) -> None:
    if not 1 <= value <= _MAX_INT32:
        errors.invalid(f"{path}.activeDeadlineSeconds", value, inclusive_range(1, _MAX_INT32))


def _host_aliases(aliases: Sequence[Json], path: str, errors: ErrorList) -> None:
    for index, alias in enumerate(aliases):
        address = alias.get("ip") or ""
        errors.new_invalid(f"{path}[{index}].ip", address, legacy_ip(address))
        for place, name in enumerate(alias.get("hostnames") or ()):
            errors.each_invalid(f"{path}[{index}].hostnames[{place}]", name, dns_subdomain(name))


def _readiness_gates(gates: Sequence[Json], path: str, errors: ErrorList) -> None:
    for index, gate in enumerate(gates):
        validate_label_name(gate.get("conditionType") or "", f"{path}[{index}].conditionType", errors)


def _scheduling_gates(gates: Sequence[Json], path: str, errors: ErrorList) -> None:
    seen = set()
    for index, gate in enumerate(gates):
        name = gate.get("name") or ""
        validate_label_name(name, f"{path}[{index}]", errors)
        if name in seen:
            errors.duplicate(f"{path}[{index}]", name)
        seen.add(name)


def _overhead(overhead: Json, path: str, errors: ErrorList) -> None:
    validate_resource_list(overhead, f"{path}.limits", errors, container_resource_name)


def _choice(field: str, *choices: str) -> Callable[[Any, Json, str, ErrorList], None]:
    def check(value: Any, spec: Json, path: str, errors: ErrorList) -> None:
        if value in choices:
            return
        if value:
            errors.not_supported(f"{path}.{field}", value, choices)
        elif value is not None:
            errors.required(f"{path}.{field}")

    return check


def _dns_policy(value: str, spec: Json, path: str, errors: ErrorList) -> None:
    _KNOWN_DNS_POLICY(value, spec, path, errors)
    if value == "None" and "dnsConfig" not in spec:
        errors.required(f"{path}.dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")


_KNOWN_DNS_POLICY = _choice("dnsPolicy", "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")


def _security_context(value: Json, spec: Json, path: str, errors: ErrorList) -> None:
    if value or spec.get("shareProcessNamespace"):
        validate_pod_security_context(spec, path, errors)


def _host_users(value: bool | None, spec: Json, path: str, errors: ErrorList) -> None:
    if value is False:
        validate_host_users(spec, path, errors)


def _os(value: Json, spec: Json, path: str, errors: ErrorList) -> None:
    validate_os(spec, path, errors)


def _resource_claims(claims: Sequence[Json], path: str, errors: ErrorList) -> None:
    seen = set()
    for index, claim in enumerate(claims):
        name, at = claim.get("name") or "", f"{path}[{index}]"
        if not name:
            errors.required(f"{at}.name")
        elif name in seen:
            errors.duplicate(f"{at}.name", name)
        else:
            errors.each_invalid(f"{at}.name", name, dns_label(name))
        seen.add(name)
        given = [field for field in ("resourceClaimName", "resourceClaimTemplateName") if claim.get(field) is not None]
        if len(given) > 1:
            detail = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            errors.invalid(at, internal(claim, _CLAIM), detail)
        elif not given:
            errors.invalid(
                at, internal(claim, _CLAIM), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            )
        for field in given:
            errors.each_invalid(f"{at}.{field}", claim[field], dns_subdomain(claim[field]))


def _dns_config(config: Json, spec: Json, path: str, errors: ErrorList) -> None:
    at = f"{path}.dnsConfig"
    servers, searches = config.get("nameservers") or [], config.get("searches") or []
    if spec.get("dnsPolicy") == "None" and not servers:
        detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        errors.required(f"{at}.nameservers", detail)
        return
    if len(servers) > _MAX_NAMESERVERS:
        errors.invalid(f"{at}.nameservers", servers, f"must not have more than {_MAX_NAMESERVERS} nameservers")
    for index, server in enumerate(servers):
        errors.new_invalid(f"{at}.nameservers[{index}]", server, legacy_ip(server))
    if len(searches) > _MAX_SEARCHES:
        errors.invalid(f"{at}.searches", searches, f"must not have more than {_MAX_SEARCHES} search paths")
    if len(" ".join(searches)) > _MAX_SEARCH_CHARACTERS:
        limit = f"{_MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list"
        errors.invalid(f"{at}.searches", searches, f"must not have more than {limit}")
    for index, search in enumerate(searches):
        domain = search.removesuffix(".")
        if search != "." and not _SEARCH_PATTERN.fullmatch(domain):
            errors.invalid(f"{at}.searches[{index}]", domain, _BAD_SEARCH)
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            errors.required(f"{at}.options[{index}]", "must not be empty")


def _hostname_override(value: str, spec: Json, path: str, errors: ErrorList) -> None:
    at = f"{path}.hostnameOverride"
    for field in ("setHostnameAsFQDN", "hostNetwork"):
        if spec.get(field):
            errors.forbidden(at, f"may not be specified when {field} is true")
    if len(value.encode()) > _MAX_HOSTNAME_OVERRIDE:
        errors.too_long(at, _MAX_HOSTNAME_OVERRIDE)
    errors.each_invalid(at, value, dns_subdomain(value))


# By field, in the order in which Kubernetes checks them: most pods have few of these, and pay for no other.
_CHECKS: dict[str, Callable[[Any, Json, str, ErrorList], None]] = {
    "restartPolicy": _choice("restartPolicy", "Always", "OnFailure", "Never"),
    "dnsPolicy": _dns_policy,
    "nodeSelector": _part("nodeSelector", validate_labels),
    "securityContext": _security_context,
    "affinity": _part("affinity", validate_affinity),
    "dnsConfig": _dns_config,
    "readinessGates": _part("readinessGates", _readiness_gates),
    "schedulingGates": _part("schedulingGates", _scheduling_gates),
    "topologySpreadConstraints": _part("topologySpreadConstraints", validate_topology_spread),
    "hostUsers": _host_users,
    "hostnameOverride": _hostname_override,
    "serviceAccountName": _subdomain("serviceAccountName"),
    "nodeName": _subdomain("nodeName"),
    "activeDeadlineSeconds": _active_deadline,
    "hostname": _label("hostname"),
    "subdomain": _label("subdomain"),
    "tolerations": _part("tolerations", validate_tolerations),
    "hostAliases": _part("hostAliases", _host_aliases),
    "priorityClassName": _subdomain("priorityClassName"),
    "runtimeClassName": _subdomain("runtimeClassName"),
    "preemptionPolicy": _choice("preemptionPolicy", "PreemptLowerPriority", "Never"),
    "overhead": _part("overhead", _overhead),
    "os": _os,
}
