"""Services and EndpointSlices as the API has them, in few words."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def service(name: str = "web", ip: str = "10.96.0.10", **spec: Any) -> Json:
    """A Service in namespace ``ns`` with one port ``http`` 80 unless `spec` says otherwise."""
    ports = spec.pop("ports", [{"name": "http", "port": 80, "protocol": "TCP"}])
    ingress = spec.pop("ingress", None)
    labels = spec.pop("labels", {})
    annotations = spec.pop("annotations", {})
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": "ns", "name": name, "labels": labels, "annotations": annotations},
        "spec": {"type": "ClusterIP", "clusterIP": ip, "clusterIPs": [ip], "ports": ports, **spec},
        "status": {"loadBalancer": {"ingress": ingress} if ingress else {}},
    }


def endpoint(ip: str, node: str = "", **conditions: Any) -> Json:
    hints = conditions.pop("hints", None)
    result: Json = {"addresses": [ip], "conditions": {"ready": True, **conditions}}
    if node:
        result["nodeName"] = node
    if hints:
        result["hints"] = hints
    return result


def endpoint_slice(
    *endpoints: Json | str, service: str = "web", name: str = "", ports: list[Json] | None = None, **more: Any
) -> Json:
    """An EndpointSlice of a Service in ``ns``; its port ``http`` is 8080 unless `ports` says otherwise."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "namespace": "ns",
            "name": name or f"{service}-1",
            "labels": {"kubernetes.io/service-name": service, **more.pop("labels", {})},
        },
        "addressType": more.pop("addressType", "IPv4"),
        "ports": ports if ports is not None else [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [endpoint(each) if isinstance(each, str) else each for each in endpoints],
    }
