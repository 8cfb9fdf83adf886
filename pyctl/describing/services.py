"""`describe service`, with the endpoints behind each port."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import name_of, namespace_of
from pybernetes.pyctl.describing.document import (
    NONE,
    Text,
    selector_text,
    write_annotations,
    write_events,
    write_labels,
)

Json = dict[str, Any]
MAX_ENDPOINTS_SHOWN = 3


def describe_service(obj: Json, events: list[Json] | None, slices: list[Json]) -> str:
    """A service; `slices` are its EndpointSlices."""
    text, spec = Text(), obj["spec"]
    text.line(0, "Name:", name_of(obj))
    text.line(0, "Namespace:", namespace_of(obj))
    write_labels(text, obj)
    write_annotations(text, obj)
    text.line(0, "Selector:", selector_text(spec.get("selector")))
    text.line(0, "Type:", spec.get("type", ""))
    if spec.get("ipFamilyPolicy"):
        text.line(0, "IP Family Policy:", spec["ipFamilyPolicy"])
    text.line(0, "IP Families:", ",".join(spec.get("ipFamilies") or ()) or NONE)
    text.line(0, "IP:", spec.get("clusterIP", ""))
    text.line(0, "IPs:", ",".join(spec.get("clusterIPs") or ()) or NONE)
    if spec.get("externalIPs"):
        text.line(0, "External IPs:", ",".join(spec["externalIPs"]))
    if spec.get("loadBalancerIP"):
        text.line(0, "Desired LoadBalancer IP:", spec["loadBalancerIP"])
    if spec.get("externalName"):
        text.line(0, "External Name:", spec["externalName"])
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    if ingress:
        text.line(0, "LoadBalancer Ingress:", ", ".join(one.get("ip") or one.get("hostname", "") for one in ingress))
    for port in spec.get("ports") or ():
        _write_port(text, port, slices)
    text.line(0, "Session Affinity:", spec.get("sessionAffinity", ""))
    if spec.get("externalTrafficPolicy"):
        text.line(0, "External Traffic Policy:", spec["externalTrafficPolicy"])
    if spec.get("healthCheckNodePort"):
        text.line(0, "HealthCheck NodePort:", spec["healthCheckNodePort"])
    if spec.get("internalTrafficPolicy"):
        text.line(0, "Internal Traffic Policy:", spec["internalTrafficPolicy"])
    if spec.get("loadBalancerSourceRanges"):
        text.line(0, "LoadBalancer Source Ranges:", ",".join(spec["loadBalancerSourceRanges"]))
    write_events(text, events)
    return str(text)


def _write_port(text: Text, port: Json, slices: list[Json]) -> None:
    name = port.get("name") or "<unset>"
    protocol = port.get("protocol", "TCP")
    text.line(0, "Port:", name, f"{port['port']}/{protocol}")
    text.line(0, "TargetPort:", f"{port.get('targetPort', port['port'])}/{protocol}")
    if port.get("nodePort"):
        text.line(0, "NodePort:", name, f"{port['nodePort']}/{protocol}")
    text.line(0, "Endpoints:", endpoints_text(port.get("name") or "", slices))


def endpoints_text(port_name: str, slices: list[Json]) -> str:
    """The ready addresses behind a port: the first three, and how many more."""
    if not slices:
        return NONE
    found: list[str] = []
    for one in slices:
        for port in one.get("ports") or ():
            if (port.get("name") or "") != port_name:
                continue
            for endpoint in one.get("endpoints") or ():
                if (endpoint.get("conditions") or {}).get("ready") is not False:
                    found += [_address(address, port.get("port")) for address in endpoint.get("addresses") or ()]
    shown = ",".join(found[:MAX_ENDPOINTS_SHOWN])
    more = len(found) - MAX_ENDPOINTS_SHOWN
    return f"{shown} + {more} more..." if more > 0 else shown


def _address(address: str, port: int | None) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{port}" if port is not None else host
