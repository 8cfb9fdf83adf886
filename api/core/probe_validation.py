"""The rules on probes and lifecycle hooks. Counterpart: the handler parts of pkg/apis/core/validation."""

from __future__ import annotations

import re

from pybernetes.api.addresses import port_number
from pybernetes.api.field import ErrorList
from pybernetes.api.names import port_name
from pybernetes.api.object import Json

NOT_NEGATIVE = "must be greater than or equal to 0"
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_COUNTS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_HEADER = "[-A-Za-z0-9]+"
_HEADER_PATTERN = re.compile(_HEADER)
_BAD_HEADER = (
    "a valid HTTP header must consist of alphanumeric characters or '-' "
    f"(e.g. 'X-Header-Name', regex used for validation is '{_HEADER}')"
)


def validate_probe(probe: Json, kind: str, path: str, errors: ErrorList) -> None:
    """A probe; `kind` is livenessProbe, readinessProbe or startupProbe."""
    validate_handler(probe, None, path, errors)
    for field in _COUNTS:
        if probe.get(field, 0) < 0:
            errors.invalid(f"{path}.{field}", probe[field], NOT_NEGATIVE)
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        errors.invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0")
    if kind == "readinessProbe":
        if grace is not None:
            detail = "must not be set for readinessProbes"
            errors.invalid(f"{path}.terminationGracePeriodSeconds", grace, detail)
    elif probe.get("successThreshold", 1) != 1:
        errors.invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1")


def validate_lifecycle(lifecycle: Json, grace_period_seconds: int | None, path: str, errors: ErrorList) -> None:
    """The hooks that run after a container starts and before it stops."""
    for hook in ("postStart", "preStop"):
        if hook in lifecycle:
            validate_handler(lifecycle[hook], grace_period_seconds, f"{path}.{hook}", errors)


def validate_handler(handler: Json, grace_period_seconds: int | None, path: str, errors: ErrorList) -> None:
    """Exactly one of the ways to ask a container something."""
    found = [name for name in _HANDLERS if name in handler]
    if not found:
        errors.required(path, "must specify a handler type")
        return
    for extra in found[1:]:
        errors.forbidden(f"{path}.{extra}", "may not specify more than 1 handler type")
    name = found[0]
    action, at = handler[name], f"{path}.{name}"
    if name == "exec":
        if not action.get("command"):
            errors.required(f"{at}.command")
    elif name == "httpGet":
        _validate_http(action, at, errors)
    elif name == "sleep":
        _validate_sleep(action, grace_period_seconds, at, errors)
    else:
        validate_port_number_or_name(action.get("port", 0), f"{at}.port", errors)


def _validate_http(action: Json, path: str, errors: ErrorList) -> None:
    validate_port_number_or_name(action.get("port", 0), f"{path}.port", errors)
    if action.get("scheme") not in ("HTTP", "HTTPS"):
        errors.not_supported(f"{path}.scheme", action.get("scheme") or "", ("HTTP", "HTTPS"))
    for header in action.get("httpHeaders") or ():
        name = header.get("name") or ""
        if not _HEADER_PATTERN.fullmatch(name):
            errors.invalid(f"{path}.httpHeaders", name, _BAD_HEADER)


def _validate_sleep(action: Json, grace_period_seconds: int | None, path: str, errors: ErrorList) -> None:
    seconds = action.get("seconds") or 0
    if grace_period_seconds is not None and not 0 <= seconds <= grace_period_seconds:
        detail = f"must be non-negative and less than terminationGracePeriodSeconds ({grace_period_seconds})"
        errors.invalid(path, seconds, detail)


def validate_port_number_or_name(port: int | str, path: str, errors: ErrorList) -> None:
    """A port as a number from 1 to 65535 or as an IANA service name."""
    if type(port) is int and 0 < port < 65536:
        return
    errors.each_invalid(path, port, port_name(port) if isinstance(port, str) else port_number(port))
