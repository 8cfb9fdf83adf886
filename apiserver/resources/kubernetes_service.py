"""The Service ``kubernetes``: how pods find the API server.

Its addresses are those of the servers that run now. Each server keeps its own address in the Endpoints and the
EndpointSlice and takes it out again at its end. Counterpart: kube-apiserver's kubernetes service controller.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.bootstrap.startup import Submit

SERVICE_PATH = "/api/v1/namespaces/default/services"
ENDPOINTS_PATH = "/api/v1/namespaces/default/endpoints"
SLICES_PATH = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
_LABELS = {"component": "apiserver", "provider": "kubernetes"}
_MIRROR = {"endpointslice.kubernetes.io/skip-mirror": "true"}
_TRIES = 5


async def publish_endpoint(submit: Submit, address: str, port: int, service_cluster_ip_range: str) -> None:
    """Make the Service if it is not there, and add this server to its addresses. Raises `APIError`.

    `port` is 0 for a server that does not listen.
    """
    cluster_ip = str(ipaddress.ip_network(service_cluster_ip_range)[1])
    await _create_if_missing(submit, SERVICE_PATH, _service(cluster_ip))
    if not port or ipaddress.ip_address(address).is_loopback:
        return  # an address that no pod could reach
    await _change(submit, ENDPOINTS_PATH, _endpoints([], port), lambda addresses: sorted({*addresses, address}), port)


async def withdraw_endpoint(submit: Submit, address: str) -> None:
    """Take this server's address out, if it is in. Raises `APIError`."""
    if ipaddress.ip_address(address).is_loopback:
        return
    found = await _get(submit, f"{ENDPOINTS_PATH}/kubernetes")
    if found is not None:
        ports = [port["port"] for subset in found.get("subsets") or () for port in subset.get("ports") or ()]
        port = ports[0] if ports else 443
        await _change(submit, ENDPOINTS_PATH, found, lambda addresses: sorted({*addresses} - {address}), port)


async def _change(submit: Submit, path: str, initial: Json, edit: Callable[[list[str]], list[str]], port: int) -> None:
    for attempt in range(_TRIES):
        found = await _get(submit, f"{path}/kubernetes")
        current = found if found is not None else initial
        addresses = edit(
            [item["ip"] for subset in current.get("subsets") or () for item in subset.get("addresses") or ()]
        )
        wanted = {**current, "subsets": _endpoints(addresses, port)["subsets"]}
        try:
            if found is None:
                await submit("POST", path, wanted)
            else:
                await submit("PUT", f"{path}/kubernetes", wanted)
            break
        except APIError as error:
            if not (is_conflict(error) or is_already_exists(error)) or attempt + 1 == _TRIES:
                raise
    await _publish_slice(submit, addresses, port)


async def _publish_slice(submit: Submit, addresses: list[str], port: int) -> None:
    wanted = _slice(addresses, port)
    found = await _get(submit, f"{SLICES_PATH}/kubernetes")
    if found is None:
        await _create_if_missing(submit, SLICES_PATH, wanted)
    else:
        await submit("PUT", f"{SLICES_PATH}/kubernetes", {**found, **wanted, "metadata": found["metadata"]})


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


def _endpoints(addresses: list[str], port: int) -> Json:
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


def _slice(addresses: list[str], port: int) -> Json:
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
