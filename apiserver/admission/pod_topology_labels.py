"""PodTopologyLabels: a pod that gets a node gets the labels of the node's zone and region, for the pod itself to read.

They come with the binding, or with a pod that is created on a node.
"""

from __future__ import annotations

from pybernetes.api.object import Json, labels_of, metadata
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, Operation

_COPIED = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")


class PodTopologyLabels(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE) or operation.is_for("pods", CREATE, subresource="binding")

    async def admit(self, operation: Operation) -> None:
        obj = operation.obj or {}
        node = operation.state.cache.get("nodes", _node_of(obj)) if _node_of(obj) else None
        if node is None:
            return
        copied = {key: value for key, value in labels_of(node).items() if key in _COPIED}
        if copied:
            metadata(obj)["labels"] = {**labels_of(obj), **copied}


def _node_of(obj: Json) -> str:
    """The node of a pod, or of a binding to one."""
    if obj.get("kind") == "Pod":
        return str((obj.get("spec") or {}).get("nodeName") or "")
    target = obj.get("target") or {}
    return str(target.get("name") or "") if target.get("kind") in (None, "", "Node") else ""
