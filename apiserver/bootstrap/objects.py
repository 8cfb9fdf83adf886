"""The namespaces and priority classes of a new cluster.

Made where they are missing; left alone where they are there, since people may label namespaces.
"""

from __future__ import annotations

from pybernetes.api.object import Json

SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")

# Above everything a user may ask for, whose limit is a thousand million.
SYSTEM_PRIORITY = 2_000_000_000


def namespaces() -> tuple[Json, ...]:
    """The namespaces, each labelled with its name."""
    return tuple(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        for name in SYSTEM_NAMESPACES
    )


def priority_classes() -> tuple[Json, ...]:
    """system-node-critical, above system-cluster-critical."""
    return (
        _priority_class(
            "system-node-critical",
            SYSTEM_PRIORITY + 1000,
            "For pods that the cluster cannot do without and that belong on the node they are on.",
        ),
        _priority_class(
            "system-cluster-critical",
            SYSTEM_PRIORITY,
            "For pods that the cluster cannot do without but that may run on any of its nodes.",
        ),
    )


def _priority_class(name: str, value: int, description: str) -> Json:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name},
        "value": value,
        "globalDefault": False,
        "description": description,
        "preemptionPolicy": "PreemptLowerPriority",
    }
