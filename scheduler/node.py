"""What the scheduler needs of a node. Counterpart: the node half of kube-scheduler's NodeInfo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pybernetes.api.core.pod_resources import amounts
from pybernetes.api.object import Json, labels_of, name_of


@dataclass(frozen=True, slots=True)
class Node:
    """One node as the API shows it, without what runs there."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Json, ...]
    unschedulable: bool
    allocatable: Mapping[str, int]
    images: Mapping[str, int]  # name to size in bytes


def read_node(node: Json) -> Node:
    spec, status = node.get("spec") or {}, node.get("status") or {}
    images = {
        name: int(image.get("sizeBytes") or 0)
        for image in status.get("images") or ()
        for name in image.get("names") or ()
    }
    return Node(
        name=name_of(node),
        labels=dict(labels_of(node)),
        taints=tuple(_taint(taint) for taint in spec.get("taints") or ()),
        unschedulable=bool(spec.get("unschedulable")),
        allocatable=amounts(status.get("allocatable")),
        images=images,
    )


def _taint(taint: Json) -> Json:
    """Without the time it was added, which decides nothing here."""
    return {key: taint[key] for key in ("key", "value", "effect") if taint.get(key)}
