"""What should make the author of a valid service think again. Counterpart: pkg/api/service/warnings.go."""

from __future__ import annotations

from pybernetes.api.addresses import cidr_warnings, ip_warnings
from pybernetes.api.object import Json, annotations_of

_HEADLESS_IGNORES = "is ignored for headless services"
_TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
_TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"


def service_warnings(new: Json, old: Json | None) -> list[str]:
    """In Kubernetes' order, for new services and changed ones alike."""
    spec, warnings = new.get("spec") or {}, []
    if _TOPOLOGY_HINTS in annotations_of(new):
        warnings.append(f"annotation {_TOPOLOGY_HINTS} is deprecated, please use {_TOPOLOGY_MODE} instead")
    if spec.get("clusterIP") not in (None, "", "None"):
        for index, address in enumerate(spec.get("clusterIPs") or ()):
            warnings += ip_warnings(address, f"spec.clusterIPs[{index}]")
    if spec.get("type") == "ClusterIP" and spec.get("clusterIP") == "None":
        warnings += _about_headless(spec)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        warnings += ip_warnings(address, f"spec.externalIPs[{index}]")
    if spec.get("loadBalancerIP"):
        warnings += ip_warnings(spec["loadBalancerIP"], "spec.loadBalancerIP")
    for index, network in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        warnings += cidr_warnings(network, f"spec.loadBalancerSourceRanges[{index}]")
    by_name = spec.get("type") == "ExternalName"
    if by_name and spec.get("externalIPs"):
        warnings.append('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if not by_name and spec.get("externalName"):
        warnings.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.get("trafficDistribution") == "PreferClose":
        warnings.append('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
    return warnings


def _about_headless(spec: Json) -> list[str]:
    ignored = [field for field in ("loadBalancerIP", "externalIPs") if spec.get(field)]
    if spec.get("sessionAffinity") != "None":
        ignored.append("SessionAffinity")
    return [f"spec.{field} {_HEADLESS_IGNORES}" for field in ignored]
