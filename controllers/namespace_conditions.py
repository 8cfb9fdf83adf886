"""What a terminating namespace says about how far its end has come. Pure.

Counterpart: pkg/controller/namespace/deletion.namespaceConditionUpdater.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, format_time, set_condition
from pybernetes.controllers.namespace_content import Remains

_ALL_WELL = {
    "NamespaceDeletionDiscoveryFailure": ("ResourcesDiscovered", "All resources successfully discovered"),
    "NamespaceDeletionGroupVersionParsingFailure": (
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    "NamespaceDeletionContentFailure": (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    "NamespaceContentRemaining": ("ContentRemoved", "All content successfully removed"),
    "NamespaceFinalizersRemaining": (
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
    ),
}


def deletion_conditions(
    namespace: Json, remains: Remains, discovery_failures: Mapping[str, APIError], now: datetime
) -> list[Json]:
    """All conditions of the namespace after one attempt to empty it."""
    told = _problems(remains, discovery_failures)
    conditions = (namespace.get("status") or {}).get("conditions") or []
    for type, (reason, message) in _ALL_WELL.items():
        problem = told.get(type)
        status = "True" if problem else "False"
        reason, message = problem or (reason, message)
        wanted = {"type": type, "status": status, "reason": reason, "message": message}
        conditions = set_condition(conditions, wanted, format_time(now))
    return list(conditions)


def _problems(remains: Remains, discovery_failures: Mapping[str, APIError]) -> dict[str, tuple[str, str]]:
    told = {}
    if discovery_failures:
        joined = ", ".join(f"{version}: {error}" for version, error in sorted(discovery_failures.items()))
        text = f"Discovery failed for some groups, {len(discovery_failures)} failing: {joined}"
        told["NamespaceDeletionDiscoveryFailure"] = ("DiscoveryFailed", text)
    if remains.errors:
        joined = ", ".join(sorted(str(error) for error in remains.errors))
        text = f"Failed to delete all resource types, {len(remains.errors)} remaining: {joined}"
        told["NamespaceDeletionContentFailure"] = ("ContentDeletionFailed", text)
    if remains.instances:
        counts = sorted((_dotted(name), count) for name, count in remains.instances.items())
        joined = ", ".join(f"{name} has {count} resource instances" for name, count in counts)
        text = f"Some resources are remaining: {joined}"
        told["NamespaceContentRemaining"] = ("SomeResourcesRemain", text)
    if remains.finalizers:
        counts = sorted(remains.finalizers.items())
        joined = ", ".join(f"{name} in {count} resource instances" for name, count in counts)
        told["NamespaceFinalizersRemaining"] = (
            "SomeFinalizersRemain",
            f"Some content in the namespace has finalizers remaining: {joined}",
        )
    return told


def _dotted(name: str) -> str:
    """Kubernetes writes the core group as nothing after a dot: ``pods.``"""
    return name if "." in name else f"{name}."
