"""The names of signers: a domain and a path. Counterpart: ValidateSignerName of pkg/apis/core/validation."""

from __future__ import annotations

from pybernetes.api.field import ErrorList
from pybernetes.api.names import DNS_LABEL_MAX_LENGTH, DNS_SUBDOMAIN_MAX_LENGTH, dns_subdomain

_MAX_DOMAIN = DNS_SUBDOMAIN_MAX_LENGTH
_MAX_PATH = DNS_SUBDOMAIN_MAX_LENGTH + DNS_LABEL_MAX_LENGTH + 1 + 1  # resource, slash and name may be in it


def validate_signer_name(name: str, path: str, errors: ErrorList) -> None:
    """``example.com/signer``: the domain has a dot, the path is made of subdomains."""
    if not name:
        errors.required(path)
        return
    parts = name.split("/", 1)
    if len(parts) != 2:
        detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        errors.invalid(path, name, detail)
        return
    domain, signer = parts
    errors.each_invalid(path, domain, dns_subdomain(domain))
    if "." not in domain:
        errors.invalid(path, domain, "should be a domain with at least two segments separated by dots")
    if not signer or signer.startswith(".") or signer.endswith("."):
        errors.each_invalid(path, signer, dns_subdomain(signer))
    else:
        for part in signer.split("/"):
            errors.each_invalid(path, signer, dns_subdomain(part))
    if len(name) > _MAX_DOMAIN + 1 + _MAX_PATH:
        errors.too_long(path, _MAX_DOMAIN + 1 + _MAX_PATH)
