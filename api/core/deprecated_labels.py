"""Labels of nodes that have other names by now, and what is said to who still selects by them.

Counterpart: pkg/api/node of Kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterator

from pybernetes.api.object import Json

DEPRECATED_NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}


def of_expressions(expressions: list[Json] | None, path: str) -> Iterator[str]:
    """What to say of the expressions of a selector."""
    for index, expression in enumerate(expressions or ()):
        key = expression.get("key") or ""
        if key in DEPRECATED_NODE_LABELS:
            yield f"{path}[{index}].key: {key} is {DEPRECATED_NODE_LABELS[key]}"


def of_label_selector(selector: Json | None, path: str) -> Iterator[str]:
    """What to say of a selector of nodes by their labels."""
    selector = selector or {}
    yield from of_expressions(selector.get("matchExpressions"), f"{path}.matchExpressions")
    for key in selector.get("matchLabels") or ():
        if key in DEPRECATED_NODE_LABELS:
            yield f"{path}.matchLabels.{key}: {DEPRECATED_NODE_LABELS[key]}"
