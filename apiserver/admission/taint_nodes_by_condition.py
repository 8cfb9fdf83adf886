"""TaintNodesByCondition: a new node takes no pods until it is known to be ready."""

from __future__ import annotations

from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, Operation

TAINT = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


class TaintNodesByCondition(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("nodes", CREATE)

    async def admit(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create has an object"
        spec = operation.obj["spec"]
        taints = spec.get("taints") or []
        if not any(one.get("key") == TAINT["key"] and one.get("effect") == TAINT["effect"] for one in taints):
            spec["taints"] = [*taints, dict(TAINT)]
