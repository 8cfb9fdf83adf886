"""LimitPodHardAntiAffinityTopology: what a pod must keep away from it keeps away from by node, not by larger places."""

from __future__ import annotations

from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation

_HOSTNAME = "kubernetes.io/hostname"


class LimitPodHardAntiAffinityTopology(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE, UPDATE)

    async def validate(self, operation: Operation) -> None:
        affinity = ((operation.obj or {}).get("spec") or {}).get("affinity") or {}
        terms = (affinity.get("podAntiAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        for term in terms:
            key = term.get("topologyKey") or ""
            if key != _HOSTNAME:
                raise operation.forbid(
                    f"affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey {key} but only key {_HOSTNAME} "
                    "is allowed"
                )
