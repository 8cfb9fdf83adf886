"""ExtendedResourceToleration: a pod that asks for an extended resource tolerates the taint that is named for it.

So nodes with special hardware can be tainted for all others, and who needs the hardware need not know.
"""

from __future__ import annotations

from pybernetes.api.core.resource_validation import is_extended
from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation

_IDENTITY = ("key", "operator", "value", "effect")


class ExtendedResourceToleration(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE, UPDATE)

    async def admit(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create or update has an object"
        spec = operation.obj["spec"]
        for name in sorted(_extended_resources(spec)):
            toleration = {"key": name, "operator": "Exists", "effect": "NoSchedule"}
            tolerations = spec.get("tolerations") or []
            known = [one for one in tolerations if all(one.get(part) == toleration.get(part) for part in _IDENTITY)]
            if not known:
                spec["tolerations"] = [*tolerations, toleration]


def _extended_resources(spec: Json) -> set[str]:
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    requested = {name for one in containers for name in (one.get("resources") or {}).get("requests") or ()}
    return set(filter(is_extended, requested))
