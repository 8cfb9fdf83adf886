"""In which order clients should prefer groups, and versions within a group: higher is better.

The numbers are those that kube-apiserver gives its own APIServices; a custom resource's group comes after all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.apiextensions.versions import by_priority

REGISTRATION_GROUP = "apiregistration.k8s.io"
CUSTOM_GROUP, CUSTOM_VERSION = 1000, 100
_VERSION = 15
_FIRST = 20001  # the group of APIServices themselves

GROUPS = {
    REGISTRATION_GROUP: _FIRST,
    "": 18000,
    "apps": 17800,
    "events.k8s.io": 17750,
    "authentication.k8s.io": 17700,
    "authorization.k8s.io": 17600,
    "autoscaling": 17500,
    "batch": 17400,
    "certificates.k8s.io": 17300,
    "networking.k8s.io": 17200,
    "policy": 17100,
    "rbac.authorization.k8s.io": 17000,
    "storage.k8s.io": 16800,
    "admissionregistration.k8s.io": 16700,
    "apiextensions.k8s.io": 16700,
    "scheduling.k8s.io": 16600,
    "coordination.k8s.io": 16500,
    "node.k8s.io": 16300,
    "discovery.k8s.io": 16200,
    "resource.k8s.io": 16200,
    "flowcontrol.apiserver.k8s.io": 16100,
}
_VERSIONS = {
    ("", "v1"): 1,
    ("autoscaling", "v2"): 30,
    ("flowcontrol.apiserver.k8s.io", "v1"): 21,
    ("resource.k8s.io", "v1"): 20,
}


def built_in_version(group: str, version: str) -> int:
    return _VERSIONS.get((group, version), _VERSION)


def in_order(groups: dict[str, int]) -> list[str]:
    """The named groups, the most preferred first."""
    return sorted((name for name in groups if name), key=lambda name: (-groups[name], name))


def versions_in_order(versions: dict[str, int]) -> list[str]:
    ordered: Iterable[str] = by_priority(versions)
    return sorted(ordered, key=lambda version: -versions[version])
