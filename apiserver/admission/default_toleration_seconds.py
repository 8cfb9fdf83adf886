"""DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or unreachable.

Pods that say themselves how long they stay, or that tolerate everything, keep their word.
"""

from __future__ import annotations

from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation

SECONDS = 300
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"


class DefaultTolerationSeconds(AdmissionPlugin):
    def __init__(self, not_ready_seconds: int = SECONDS, unreachable_seconds: int = SECONDS):
        self._seconds = {NOT_READY: not_ready_seconds, UNREACHABLE: unreachable_seconds}

    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE, UPDATE)

    async def admit(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create or update has an object"
        spec = operation.obj["spec"]
        tolerations = spec.get("tolerations") or []
        missing = [
            taint
            for taint in self._seconds
            if not any(
                one.get("key") in (taint, None, "") and one.get("effect") in ("NoExecute", None, "")
                for one in tolerations
            )
        ]
        for taint in missing:
            toleration = {
                "key": taint,
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": self._seconds[taint],
            }
            tolerations = [*tolerations, toleration]
        if missing:
            spec["tolerations"] = tolerations
