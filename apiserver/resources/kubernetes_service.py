"""The Service ``kubernetes``: how pods find the API server.

Its addresses are those of the servers that run now (`bootstrap.endpoint_lease`). Every server brings the Endpoints and
the EndpointSlice to them, at its start, at its end and every few seconds between: so one that was killed goes too.
Counterpart: kube-apiserver's kubernetes service controller.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.bootstrap.startup import Submit

SERVICE_PATH = "/api/v1/namespaces/default/services"
ENDPOINTS_PATH = "/api/v1/namespaces/default/endpoints"
SLICES_PATH = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
_LABELS = {"component": "apiserver", "provider": "kubernetes"}
_MIRROR = {"endpointslice.kubernetes.io/skip-mirror": "true"}
_TRIES = 5
_PAUSE_SECONDS = 0.2


async def publish_service(submit: Submit, service_cluster_ip_range: str) -> None:
    """Make the Service if it is not there. Raises `APIError`.

    Where several servers start at once, the first takes the address, and to the others it is taken until they see the
    Service.
    """
    cluster_ip = str(ipaddress.ip_network(service_cluster_ip_range)[1])
    for attempt in range(_TRIES):
        try:
            await _create_if_missing(submit, SERVICE_PATH, _service(cluster_ip))
            return
        except APIError as error:
            if error.code != 422 or attempt + 1 == _TRIES:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


async def publish_addresses(submit: Submit, addresses: Sequence[str], port: int) -> None:
    """Have the Service lead to these addresses and no others. Raises `APIError`."""
    wanted = _endpoints(addresses, port)
    for attempt in range(_TRIES):
        found = await _get(submit, f"{ENDPOINTS_PATH}/kubernetes")
        try:
            if found is None:
                await submit("POST", ENDPOINTS_PATH, wanted)
            elif found.get("subsets", []) != wanted["subsets"]:
                await submit("PUT", f"{ENDPOINTS_PATH}/kubernetes", {**found, "subsets": wanted["subsets"]})
            break
        except APIError as error:
            if not (is_conflict(error) or is_already_exists(error)) or attempt + 1 == _TRIES:
                raise
    await _publish_slice(submit, addresses, port)


async def _publish_slice(submit: Submit, addresses: Sequence[str], port: int) -> None:
    wanted = _slice(addresses, port)
    found = await _get(submit, f"{SLICES_PATH}/kubernetes")
    if found is None:
        await _create_if_missing(submit, SLICES_PATH, wanted)
    elif any(found.get(field, []) != wanted[field] for field in ("endpoints", "ports")):
        try:
            await submit("PUT", f"{SLICES_PATH}/kubernetes", {**found, **wanted, "metadata": found["metadata"]})
        except APIError as error:
            if not is_conflict(error):  # another server was faster, and the next turn is soon
                raise


async def _create_if_missing(submit: Submit, path: str, obj: Json) -> None:
    if await _get(submit, f"{path}/kubernetes") is not None:
        return
    try:
        await submit("POST", path, obj)
    except APIError as error:
        if not is_already_exists(error):
            raise


async def _get(submit: Submit, path: str) -> Json | None:
    try:
        return await submit("GET", path)
    except APIError as error:
        if is_not_found(error):
            return None
        raise


def _service(cluster_ip: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": _LABELS},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": cluster_ip,
            "clusterIPs": [cluster_ip],
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}],
        },
    }


def _endpoints(addresses: Sequence[str], port: int) -> Json:
    subset = {
        "addresses": [{"ip": ip} for ip in addresses],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": _MIRROR},
        "subsets": [subset] if addresses else [],
    }


def _slice(addresses: Sequence[str], port: int) -> Json:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [ip], "conditions": {"ready": True}} for ip in addresses],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
