"""Index functions over shared caches, so that no reconcile looks through all objects."""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.object import Json, namespace_of
from pybernetes.client.informer import Informer

CONTROLLER = "controller"
NODE = "spec.nodeName"


def controller_uid(obj: Json) -> str:
    """The uid of the managing controller, or nothing."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return str(reference["uid"])
    return ""


def orphans_of(namespace: str) -> str:
    """The value of the controller index for what has none in a namespace."""
    return f"orphans of {namespace}"


def _by_controller(obj: Json) -> Iterable[str]:
    return (controller_uid(obj) or orphans_of(namespace_of(obj)),)


def _by_node(pod: Json) -> Iterable[str]:
    node = (pod.get("spec") or {}).get("nodeName")
    return (node,) if node else ()


def index_by_controller(informer: Informer) -> Informer:
    """Objects by the uid of their managing controller, orphans by namespace."""
    informer.add_indexer(CONTROLLER, _by_controller)
    return informer


def index_by_node(pods: Informer) -> Informer:
    """Pods by the node that they are bound to."""
    pods.add_indexer(NODE, _by_node)
    return pods


def owned_or_orphaned(informer: Informer, owner: Json) -> list[Json]:
    """What an owner controls and what nobody does in its namespace: all that it may have to do with."""
    mine = informer.by_index(CONTROLLER, owner["metadata"]["uid"])
    return mine + informer.by_index(CONTROLLER, orphans_of(namespace_of(owner)))
