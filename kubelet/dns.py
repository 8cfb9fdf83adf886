"""What stands in a pod's resolv.conf. Pure. Counterpart: pkg/kubelet/network/dns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pybernetes.api.object import Json, namespace_of
from pybernetes.kubelet.pod_spec import is_host_network, spec_of
from pybernetes.kubelet.runtime.types import DNSConfig

MAX_NAMESERVERS = 3  # what the C library reads
MAX_SEARCH_DOMAINS = 32
MAX_SEARCH_CHARACTERS = 2048
CLUSTER_OPTIONS = ("ndots:5",)  # service.namespace.svc and everything shorter is searched for in the cluster
NO_DNS = DNSConfig()


@dataclass(frozen=True, slots=True)
class ClusterDNS:
    """The cluster's name server and domain, and what the node itself uses."""

    servers: Sequence[str] = ()
    domain: str = "cluster.local"
    host: DNSConfig = NO_DNS


def parse_resolv_conf(text: str) -> DNSConfig:
    """What a resolv.conf says; the last search line counts, options add up."""
    servers: list[str] = []
    searches: tuple[str, ...] = ()
    options: list[str] = []
    for line in text.splitlines():
        words = line.split("#")[0].split(";")[0].split()
        if not words:
            continue
        if words[0] == "nameserver" and len(words) > 1:
            servers.append(words[1])
        elif words[0] in ("search", "domain"):
            searches = tuple(word if word == "." else word.rstrip(".") for word in words[1:])
        elif words[0] == "options":
            options.extend(words[1:])
    return DNSConfig(tuple(servers), searches, tuple(dict.fromkeys(options)))


def pod_dns(pod: Json, cluster: ClusterDNS) -> DNSConfig:
    """The configuration for a pod, by its dnsPolicy and dnsConfig."""
    spec = spec_of(pod)
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    from_cluster = policy == "ClusterFirstWithHostNet" or (policy == "ClusterFirst" and not is_host_network(pod))
    if policy == "None":
        base = DNSConfig()
    elif from_cluster and cluster.servers:
        base = DNSConfig(
            tuple(cluster.servers),
            _unique((*_cluster_searches(namespace_of(pod), cluster.domain), *cluster.host.searches)),
            CLUSTER_OPTIONS,
        )
    else:
        base = cluster.host
    return _limited(_merged(base, spec.get("dnsConfig") or {}))


def lacks_cluster_dns(pod: Json, cluster: ClusterDNS) -> bool:
    """The pod wants the cluster's DNS and there is none: worth an event."""
    policy = spec_of(pod).get("dnsPolicy") or "ClusterFirst"
    wants = policy == "ClusterFirstWithHostNet" or (policy == "ClusterFirst" and not is_host_network(pod))
    return wants and not cluster.servers


def _cluster_searches(namespace: str, domain: str) -> tuple[str, ...]:
    return (f"{namespace}.svc.{domain}", f"svc.{domain}", domain) if domain else ()


def _merged(base: DNSConfig, wanted: Json) -> DNSConfig:
    options = {option.partition(":")[0]: option for option in base.options}
    for option in wanted.get("options") or ():
        value = option.get("value")
        options[option["name"]] = option["name"] if value in (None, "") else f"{option['name']}:{value}"
    return DNSConfig(
        _unique((*base.servers, *(wanted.get("nameservers") or ()))),
        _unique((*base.searches, *(wanted.get("searches") or ()))),
        tuple(options.values()),
    )


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _limited(config: DNSConfig) -> DNSConfig:
    searches: list[str] = []
    length = 0
    for domain in config.searches[:MAX_SEARCH_DOMAINS]:
        length += len(domain) + (1 if searches else 0)
        if length > MAX_SEARCH_CHARACTERS:
            break
        searches.append(domain)
    return DNSConfig(config.servers[:MAX_NAMESERVERS], tuple(searches), config.options)
