"""A small cluster of names, and queries in the words of dnslib, which shares no code with what is tested."""

from __future__ import annotations

from typing import Any

import dnslib

from pybernetes.dns.metrics import Stats
from pybernetes.dns.records import Index, PodMode
from pybernetes.dns.resolver import Resolver

Json = dict[str, Any]


def service(name: str, namespace: str = "ns", **spec: Any) -> Json:
    return {"metadata": {"namespace": namespace, "name": name}, "spec": spec}


def endpoint_slice(
    service: str, *endpoints: Json, namespace: str = "ns", name: str = "", ports: list[Json] | None = None
) -> Json:
    return {
        "metadata": {
            "namespace": namespace,
            "name": name or f"{service}-1",
            "labels": {"kubernetes.io/service-name": service},
        },
        "addressType": "IPv4",
        "ports": ports if ports is not None else [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": list(endpoints),
    }


def endpoint(address: str, hostname: str = "", **conditions: bool) -> Json:
    found: Json = {"addresses": [address], "conditions": conditions}
    return {**found, "hostname": hostname} if hostname else found


HTTP = {"name": "http", "port": 80, "protocol": "TCP"}
SERVICES = [
    service("web", clusterIP="10.96.0.1", ports=[HTTP, {"name": "dns", "port": 53, "protocol": "UDP"}]),
    service("dual", clusterIP="10.96.0.2", clusterIPs=["10.96.0.2", "fd00::2"], ports=[{"port": 80}]),
    service("pods", clusterIP="None", ports=[HTTP]),
    service("empty", clusterIP="None", ports=[HTTP]),
    service("out", type="ExternalName", externalName="Www.Example.COM"),
    service("in", type="ExternalName", externalName="web.ns.svc.cluster.local"),
    service("lost", type="ExternalName", externalName="nobody.ns.svc.cluster.local"),
    service("loop", type="ExternalName", externalName="loop.ns.svc.cluster.local"),
    service("pending", clusterIP="", ports=[HTTP]),
    service("kubernetes", "default", clusterIP="10.96.0.3", ports=[{"name": "https", "port": 443}]),
]
SLICES = [
    endpoint_slice("web", endpoint("10.1.0.9")),
    endpoint_slice("pods", endpoint("10.1.0.1", "pod-0"), endpoint("10.1.0.2"), endpoint("10.1.0.3", ready=False)),
    endpoint_slice("pods", endpoint("10.1.0.4", "pod-4", ready=True), endpoint("10.1.0.2"), name="pods-2"),
]
POD = {"metadata": {"namespace": "ns", "name": "p"}, "status": {"podIP": "10.1.0.7", "phase": "Running"}}


def index(pods: PodMode = "insecure") -> Index:
    made = Index(pods=pods)
    made.replace_namespaces([{"metadata": {"name": name}} for name in ("default", "ns", "bare")])
    made.replace_services(SERVICES)
    made.replace_slices(SLICES)
    made.replace_pods([POD])
    return made


def resolver(pods: PodMode = "insecure") -> Resolver:
    made = Resolver(index(pods), Stats("dns://:53"))
    made.ready = True
    return made


def question(name: str, type_: str = "A", **more: Any) -> bytes:
    """A query as dnslib builds it."""
    record = dnslib.DNSRecord.question(name, type_)
    if more.get("udp_bytes"):
        record.add_ar(dnslib.EDNS0(udp_len=more["udp_bytes"], flags=more.get("edns_flags", "")))
    return bytes(record.pack())


def texts(records: list[Any]) -> list[str]:
    """``name TYPE data`` of records."""
    return [f"{str(r.rname).rstrip('.')} {dnslib.QTYPE[r.rtype]} {r.rdata}" for r in records]
