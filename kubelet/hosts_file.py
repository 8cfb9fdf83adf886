"""A pod's names: its host name and its /etc/hosts. Pure.

Counterparts: GeneratePodHostNameAndDomain, ensureHostsFile.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.object import Json, name_of, namespace_of
from pybernetes.kubelet.pod_spec import is_host_network, spec_of

HOSTNAME_MAX_LENGTH = 63
HEADER = "# Kubernetes-managed hosts file.\n"
HOST_NETWORK_HEADER = "# Kubernetes-managed hosts file (host network).\n"
_OWN_ADDRESSES = (
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\n"
    "fe00::0\tip6-mcastprefix\n"
    "fe00::1\tip6-allnodes\n"
    "fe00::2\tip6-allrouters\n"
)


def pod_hostname(pod: Json) -> str:
    """The short host name: spec.hostname, or the pod's name cut to what a host name may have."""
    spec = spec_of(pod)
    if spec.get("hostnameOverride"):
        return str(spec["hostnameOverride"])
    if spec.get("hostname"):
        return str(spec["hostname"])
    return name_of(pod)[:HOSTNAME_MAX_LENGTH].rstrip("-.")


def pod_domain(pod: Json, cluster_domain: str) -> str:
    """The domain that spec.subdomain puts the pod into; empty without one."""
    spec = spec_of(pod)
    subdomain = spec.get("subdomain")
    if not subdomain or spec.get("hostnameOverride"):
        return ""
    return f"{subdomain}.{namespace_of(pod)}.svc.{cluster_domain}"


def sandbox_hostname(pod: Json, cluster_domain: str) -> str:
    """What `hostname` says in the pod; empty on the host's network. Raises ValueError for an FQDN that is too long."""
    if is_host_network(pod) and not spec_of(pod).get("hostnameOverride"):
        return ""
    name, domain = pod_hostname(pod), pod_domain(pod, cluster_domain)
    if not spec_of(pod).get("setHostnameAsFQDN") or not domain:
        return name
    full = f"{name}.{domain}"
    if len(full) > 64:
        raise ValueError(
            f"failed to construct FQDN from pod hostname and cluster domain, FQDN {full} is too long "
            f"(64 characters is the max, {len(full)} characters requested)"
        )
    return full


def hosts_file(pod: Json, pod_ips: Sequence[str], cluster_domain: str, host_file: str) -> str:
    """The content of /etc/hosts. `host_file` is the node's own, for pods on its network."""
    aliases = _aliases(spec_of(pod).get("hostAliases") or ())
    if is_host_network(pod):
        return HOST_NETWORK_HEADER + host_file + aliases
    name, domain = pod_hostname(pod), pod_domain(pod, cluster_domain)
    names = f"{name}.{domain}\t{name}" if domain else name
    return HEADER + _OWN_ADDRESSES + "".join(f"{address}\t{names}\n" for address in pod_ips) + aliases


def _aliases(aliases: Sequence[Json]) -> str:
    if not aliases:
        return ""
    lines = "".join(f"{alias['ip']}\t{chr(9).join(alias.get('hostnames') or ())}\n" for alias in aliases)
    return f"\n# Entries added by HostAliases.\n{lines}"
