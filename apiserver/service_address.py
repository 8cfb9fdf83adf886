"""Where a service answers, as this server reaches it: webhooks, aggregated API servers and the proxy go by it.

A ready endpoint is taken, not the cluster IP: this server need not stand in the pod network's reach of the service
proxies, and the addresses of pods it must reach anyway. An ExternalName service leads to its name.

Counterpart: ResolveEndpoint of apiserver/pkg/util/proxy (``--enable-aggregator-routing``).
"""

from __future__ import annotations

import random

from pybernetes.api.errors import failure, service_unavailable
from pybernetes.api.object import Json, labels_of
from pybernetes.apiserver.reader import Reader

_SLICES = "endpointslices.discovery.k8s.io"
_SERVICE_LABEL = "kubernetes.io/service-name"


def service_address(reader: Reader, namespace: str, name: str, port: int) -> tuple[str, int]:
    """A host and a port to connect to. Raises 404 for no service, 503 for no such port or no ready endpoint."""
    service = reader.get("services", name, namespace)
    if service is None:
        details = {"name": name, "kind": "service"}
        raise failure(404, "NotFound", f'service "{name}" not found', details)
    spec = service.get("spec") or {}
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName") or ""), port
    return random.choice(endpoints_of(reader, namespace, name, port_named(spec, name, port)))


def port_named(spec: Json, service: str, port: int) -> str:
    """The name of a service's port. Raises 503 if the service has no such port."""
    for one in spec.get("ports") or ():
        if one["port"] == port:
            return str(one.get("name") or "")
    raise service_unavailable(f'no service port {port} found for service "{service}"')


def endpoints_of(reader: Reader, namespace: str, service: str, port_name: str) -> list[tuple[str, int]]:
    """The ready endpoints of a service's port. Raises 503 if there is none."""
    found: list[tuple[str, int]] = []
    for one in reader.list(_SLICES, namespace):
        if labels_of(one).get(_SERVICE_LABEL) != service:
            continue
        numbers = [port["port"] for port in one.get("ports") or () if (port.get("name") or "") == port_name]
        for endpoint in one.get("endpoints") or ():
            if numbers and (endpoint.get("conditions") or {}).get("ready", True) is not False:
                found += [(address, numbers[0]) for address in endpoint["addresses"]]
    if not found:
        raise service_unavailable(f'no endpoints available for service "{service}"')
    return found
