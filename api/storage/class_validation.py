"""The rules that storage classes and volume attributes classes share. Counterpart: pkg/apis/storage/validation."""

from __future__ import annotations

from collections.abc import Mapping

from pybernetes.api.field import ErrorList
from pybernetes.api.names import qualified_name

_MAX_PARAMETERS = 512
_MAX_PARAMETER_BYTES = 256 * 1024


def validate_provisioner(name: str, path: str, errors: ErrorList) -> None:
    """What makes volumes has a qualified name, in either case."""
    if not name:
        errors.required(path)
    else:
        errors.each_invalid(path, name.lower(), qualified_name(name.lower()))


def validate_parameters(parameters: Mapping[str, str], path: str, errors: ErrorList) -> None:
    """Settings are not too many and not too long, and have names."""
    if len(parameters) > _MAX_PARAMETERS:
        errors.too_long(path, _MAX_PARAMETERS)
        return
    if "" in parameters:
        errors.invalid(path, "", "field can not be empty.")
    if sum(len(key.encode()) + len(value.encode()) for key, value in parameters.items()) > _MAX_PARAMETER_BYTES:
        errors.too_long(path, _MAX_PARAMETER_BYTES)
