"""The variables by which containers find services: NAME_SERVICE_HOST, NAME_SERVICE_PORT and Docker's links. Pure.

Counterparts: pkg/kubelet/envvars, getServiceEnvVarMap.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.object import Json, name_of, namespace_of

MASTER_NAMESPACE, MASTER_SERVICES = "default", ("kubernetes",)


def service_environment(services: Iterable[Json], namespace: str, *, links: bool) -> dict[str, str]:
    """The variables for a pod in `namespace`.

    The API's own service is always there; those of the namespace only with `links` (enableServiceLinks), and they
    win when names clash.
    """
    own: list[Json] = []
    master: list[Json] = []
    for service in services:
        if not _has_address(service):
            continue
        if namespace_of(service) == namespace and (links or _is_master(service)):
            own.append(service)
        elif _is_master(service):
            master.append(service)
    result: dict[str, str] = {}
    for service in (*sorted(master, key=name_of), *sorted(own, key=name_of)):
        result.update(_variables(service))
    return result


def _is_master(service: Json) -> bool:
    return namespace_of(service) == MASTER_NAMESPACE and name_of(service) in MASTER_SERVICES


def _has_address(service: Json) -> bool:
    spec = service.get("spec") or {}
    return spec.get("clusterIP") not in (None, "", "None") and bool(spec.get("ports"))


def _variables(service: Json) -> dict[str, str]:
    spec = service["spec"]
    prefix = _upper(name_of(service))
    address = str(spec["clusterIP"])
    shown = f"[{address}]" if ":" in address else address
    first = spec["ports"][0]
    found = {f"{prefix}_SERVICE_HOST": address, f"{prefix}_SERVICE_PORT": str(first["port"])}
    for port in spec["ports"]:
        if port.get("name"):
            found[f"{prefix}_SERVICE_PORT_{_upper(port['name'])}"] = str(port["port"])
    for index, port in enumerate(spec["ports"]):
        protocol = (port.get("protocol") or "TCP").upper()
        url = f"{protocol.lower()}://{shown}:{port['port']}"
        link = f"{prefix}_PORT_{port['port']}_{protocol}"
        if index == 0:
            found[f"{prefix}_PORT"] = url
        found |= {link: url, f"{link}_PROTO": protocol.lower(), f"{link}_PORT": str(port["port"])}
        found[f"{link}_ADDR"] = address
    return found


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")
