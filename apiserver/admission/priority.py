"""Priority: the number that a pod's priority class stands for, and one default class at most."""

from __future__ import annotations

from pybernetes.api.object import Json, name_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation

CLASSES = "priorityclasses.scheduling.k8s.io"


class Priority(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE, UPDATE) or operation.is_for(
            "priorityclasses", CREATE, UPDATE, group="scheduling.k8s.io"
        )

    async def admit(self, operation: Operation) -> None:
        if operation.resource.plural != "pods" or operation.obj is None:
            return
        spec = operation.obj["spec"]
        if operation.old is not None:
            for field in ("priority", "preemptionPolicy"):  # set when the pod was made; who leaves them out keeps them
                if spec.get(field) is None and field in operation.old["spec"]:
                    spec[field] = operation.old["spec"][field]
            return
        found = self._class_of(operation, spec)
        value = int(found["value"]) if found is not None else 0
        policy = (found or {}).get("preemptionPolicy") or "PreemptLowerPriority"
        if spec.get("priority") is not None and spec["priority"] != value:
            raise operation.forbid(
                "the integer value of priority "
                f"({spec['priority']}) must not be provided in pod spec; "
                f"priority admission controller computed {value} "
                "from the given PriorityClass name"
            )
        if spec.get("preemptionPolicy") is not None and spec["preemptionPolicy"] != policy:
            raise operation.forbid(
                f"the string value of PreemptionPolicy ({spec['preemptionPolicy']}) must not be provided in pod spec; "
                f"priority admission controller computed {policy} from the given PriorityClass name"
            )
        spec["priority"], spec["preemptionPolicy"] = value, policy

    def _class_of(self, operation: Operation, spec: Json) -> Json | None:
        name = spec.get("priorityClassName")
        if name:
            found = operation.state.cache.get(CLASSES, name)
            if found is None:
                raise operation.forbid(f"no PriorityClass with name {name} was found")
            return found
        default = self._default(operation)
        if default is not None:
            spec["priorityClassName"] = name_of(default)
        return default

    @staticmethod
    def _default(operation: Operation) -> Json | None:
        """The global default with the lowest value, if there is any."""
        defaults = [found for found in operation.state.cache.list(CLASSES) if found.get("globalDefault")]
        return min(defaults, key=lambda found: int(found["value"]), default=None)

    async def validate(self, operation: Operation) -> None:
        if operation.resource.plural != "priorityclasses" or operation.obj is None:
            return
        if not operation.obj.get("globalDefault"):
            return
        default = self._default(operation)
        if default is not None and name_of(default) != name_of(operation.obj):
            raise operation.forbid(
                f"PriorityClass {name_of(default)} is already marked as default. Only one default can exist"
            )
