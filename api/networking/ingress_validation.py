"""The rules on ingresses. Counterpart: pkg/apis/networking/validation."""

from __future__ import annotations

from pybernetes.api.addresses import legacy_ip, parse_loosely, port_number
from pybernetes.api.field import ErrorList
from pybernetes.api.names import dns_label, dns_subdomain, path_segment, port_name, wildcard_subdomain
from pybernetes.api.object import Json, annotations_of

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")


def validate(ingress: Json, errors: ErrorList) -> None:
    """Every rule on an ingress but the one for new ones alone."""
    spec = ingress.get("spec") or {}
    rules, backend = spec.get("rules") or (), spec.get("defaultBackend")
    if not rules and backend is None:
        errors.invalid("spec", None, "either `defaultBackend` or `rules` must be specified")
    if backend is not None:
        _validate_backend(backend, "spec.defaultBackend", errors)
    for index, rule in enumerate(rules):
        _validate_rule(rule, f"spec.rules[{index}]", errors)
    for index, entry in enumerate(spec.get("tls") or ()):
        _validate_tls(entry, f"spec.tls[{index}]", errors)
    if spec.get("ingressClassName") is not None:
        name = spec["ingressClassName"]
        errors.each_invalid("spec.ingressClassName", name, dns_subdomain(name))


def validate_create(ingress: Json, errors: ErrorList) -> None:
    """The old way of naming a class must not say something else."""
    given, wanted = annotations_of(ingress).get(CLASS_ANNOTATION), (ingress.get("spec") or {}).get("ingressClassName")
    if given is not None and wanted is not None and given != wanted:
        detail = "must match `ingressClassName` when both are specified"
        errors.invalid(f"annotations.{CLASS_ANNOTATION}", given, detail)


def _validate_host(host: str, path: str, errors: ErrorList) -> None:
    errors.each_invalid(path, host, wildcard_subdomain(host) if "*" in host else dns_subdomain(host))


def _validate_rule(rule: Json, path: str, errors: ErrorList) -> None:
    host = rule.get("host") or ""
    if host:
        if parse_loosely(host) is not None:
            errors.invalid(f"{path}.host", host, "must be a DNS name, not an IP address")
        _validate_host(host, f"{path}.host", errors)
    http = rule.get("http")
    if http is None:
        return
    if not http.get("paths"):
        errors.required(f"{path}.http.paths")
    for index, entry in enumerate(http.get("paths") or ()):
        _validate_path(entry, f"{path}.http.paths[{index}]", errors)


def _validate_path(entry: Json, path: str, errors: ErrorList) -> None:
    kind, text = entry.get("pathType"), entry.get("path") or ""
    if kind is None:
        errors.required(f"{path}.pathType", "pathType must be specified")
        return
    if kind in ("Exact", "Prefix"):
        if not text.startswith("/"):
            errors.invalid(f"{path}.path", text, "must be an absolute path")
        for part in _BAD_PARTS:
            if part in text:
                errors.invalid(f"{path}.path", text, f"must not contain '{part}'")
        for end in _BAD_ENDS:
            if text.endswith(end):
                errors.invalid(f"{path}.path", text, f"cannot end with '{end}'")
    elif kind != "ImplementationSpecific":
        errors.not_supported(f"{path}.pathType", kind, _PATH_TYPES)
    elif text and not text.startswith("/"):
        errors.invalid(f"{path}.path", text, "must be an absolute path")
    _validate_backend(entry.get("backend") or {}, f"{path}.backend", errors)


def _validate_backend(backend: Json, path: str, errors: ErrorList) -> None:
    resource, service = backend.get("resource"), backend.get("service")
    if resource is not None and service is not None:
        errors.invalid(path, "", "cannot set both resource and service backends")
    elif resource is not None:
        validate_typed_reference(resource, f"{path}.resource", errors)
    elif service is not None:
        _validate_service(service, path, errors)
    else:
        errors.invalid(path, "", "resource or service backend is required")


def _validate_service(service: Json, path: str, errors: ErrorList) -> None:
    name, port = service.get("name") or "", service.get("port") or {}
    if not name:
        errors.required(f"{path}.service.name")
    else:
        errors.each_invalid(f"{path}.service.name", name, dns_label(name))
    by_name, by_number = port.get("name") or "", port.get("number") or 0
    if by_name and by_number:
        errors.invalid(path, "", "cannot set both port name & port number")
    elif by_name:
        errors.each_invalid(f"{path}.service.port.name", by_name, port_name(by_name))
    elif by_number:
        errors.each_invalid(f"{path}.service.port.number", by_number, port_number(by_number))
    else:
        errors.required(path, "port name or number is required")


def validate_typed_reference(reference: Json, path: str, errors: ErrorList) -> None:
    """An object by group, kind and name."""
    if reference.get("apiGroup") is not None:
        errors.each_invalid(f"{path}.apiGroup", reference["apiGroup"], dns_subdomain(reference["apiGroup"]))
    for field in ("kind", "name"):
        value = reference.get(field) or ""
        if not value:
            errors.required(f"{path}.{field}")
        else:
            errors.each_invalid(f"{path}.{field}", value, path_segment(value))


def _validate_tls(entry: Json, path: str, errors: ErrorList) -> None:
    for index, host in enumerate(entry.get("hosts") or ()):
        _validate_host(host, f"{path}.hosts[{index}]", errors)
    name = entry.get("secretName") or ""
    if name:
        errors.each_invalid(f"{path}.secretName", name, dns_subdomain(name))


def validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    """The points at which requests enter. Addresses that were there already may stay as they are."""
    for index, entry in enumerate(_entries(new)):
        path = f"status.loadBalancer.ingress[{index}]"
        address, hostname = entry.get("ip") or "", entry.get("hostname") or ""
        if address:
            errors.new_invalid(f"{path}.ip", address, legacy_ip(address))
        if hostname:
            errors.each_invalid(f"{path}.hostname", hostname, dns_subdomain(hostname))
            if parse_loosely(hostname) is not None:
                errors.invalid(f"{path}.hostname", hostname, "must be a DNS name, not an IP address")


def _entries(ingress: Json) -> list[Json]:
    return list(((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ())
