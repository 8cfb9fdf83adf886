"""The rules on what a pod says to Windows: whose names it runs under, and whether it runs as the host does.

Counterpart: validateWindowsSecurityContextOptions and validateWindowsHostProcessPod in pkg/apis/core/validation.
"""

from __future__ import annotations

import re

from pybernetes.api.field import ErrorList
from pybernetes.api.names import dns_subdomain
from pybernetes.api.object import Json

_MAX_CREDENTIAL_KIB = 64
_MAX_DOMAIN = 256
_MAX_USER = 104
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NETBIOS = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}')
_DNS_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DNS = re.compile(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*\.?")
_ONLY_DOTS = re.compile(r"[. ]+")
_FORBIDDEN_IN_USER = frozenset('"/\\:;|=,+*?<>@[]')
_PARTS = ("initContainers", "containers", "ephemeralContainers")


def validate_windows_options(options: Json, path: str, errors: ErrorList) -> None:
    """A pod's or a container's windowsOptions."""
    name, credentials, user = (
        options.get(f) for f in ("gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName")
    )
    if name is not None:
        errors.each_invalid(f"{path}.gmsaCredentialSpecName", name, dns_subdomain(name))
    if credentials == "":
        detail = "gmsaCredentialSpec cannot be an empty string"
        errors.invalid(f"{path}.gmsaCredentialSpec", credentials, detail)
    elif credentials is not None and len(credentials) > _MAX_CREDENTIAL_KIB * 1024:
        detail = f"gmsaCredentialSpec size must be under {_MAX_CREDENTIAL_KIB} KiB"
        errors.invalid(f"{path}.gmsaCredentialSpec", credentials, detail)
    if user is not None:
        errors.each_invalid(f"{path}.runAsUserName", user, _wrong_user(user))


def _wrong_user(name: str) -> list[str]:
    if not name:
        return ["runAsUserName cannot be an empty string"]
    if _CONTROL.search(name):
        return ["runAsUserName cannot contain control characters"]
    if name.count("\\") > 1:
        return ["runAsUserName cannot contain more than one backslash"]
    domain, separator, user = name.rpartition("\\")
    wrong = []
    if len(domain) >= _MAX_DOMAIN:
        wrong.append(f"runAsUserName's Domain length must be under {_MAX_DOMAIN} characters")
    if separator and not _NETBIOS.fullmatch(domain) and not _DNS.fullmatch(domain):
        wrong.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    if not user:
        wrong.append("runAsUserName's User cannot be empty")
    elif len(user) > _MAX_USER:
        wrong.append(f"runAsUserName's User length must not be longer than {_MAX_USER} characters")
    if _ONLY_DOTS.fullmatch(user):
        wrong.append("runAsUserName's User cannot contain only periods or spaces")
    if not _FORBIDDEN_IN_USER.isdisjoint(user):
        wrong.append("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]")
    return wrong


def validate_host_process(spec: Json, path: str, errors: ErrorList) -> None:
    """Either all containers run as the host's processes do, in its network, or none."""
    whole = _host_process(spec)
    count, as_host = 0, 0
    for part in _PARTS:
        for index, container in enumerate(spec.get(part) or ()):
            own = _host_process(container)
            if whole is not None and own is not None and whole != own:
                at = f"{path}.{part}[{index}].securityContext.windowsOptions.hostProcess"
                shown = "true" if whole else "false"
                errors.invalid(at, own, f"pod hostProcess value must be identical if both are specified, was {shown}")
            count += 1
            as_host += bool(whole if own is None else own)
    if not as_host:
        return
    if as_host != count:
        detail = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
        errors.invalid(path, "", detail)
    if not spec.get("hostNetwork"):
        detail = "hostNetwork must be true if pod contains any hostProcess containers"
        errors.invalid(f"{path}.hostNetwork", False, detail)


def _host_process(holder: Json) -> bool | None:
    value: bool | None = ((holder.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
    return value
