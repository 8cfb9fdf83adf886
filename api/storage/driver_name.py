"""The name of a CSI driver, wherever it is written. Counterpart: ValidateCSIDriverName of pkg/apis/core/validation."""

from __future__ import annotations

from pybernetes.api.field import ErrorList
from pybernetes.api.names import dns_subdomain

_MAX_LENGTH = 63


def validate_driver_name(name: str, path: str, errors: ErrorList) -> None:
    """A domain, in either case, that is not too long."""
    if not name:
        errors.required(path)
    if len(name) > _MAX_LENGTH:
        errors.too_long(path, _MAX_LENGTH)
    errors.each_invalid(path, name, dns_subdomain(name.lower()))
