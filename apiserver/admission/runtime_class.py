"""RuntimeClass: what a pod's runtime costs and where it is to be had, taken over from its class.

The class's overhead becomes the pod's, its node selector and tolerations join the pod's. A pod cannot say another
overhead than its class does.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.api.quantity import parse_quantity
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, Operation

CLASSES = "runtimeclasses.node.k8s.io"
_MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
_WITHOUT = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


class RuntimeClass(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE)

    async def admit(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create has an object"
        spec = operation.obj["spec"]
        found = await _class_of(operation, spec)
        overhead = _overhead(found)
        if overhead:
            if spec.get("overhead") and not _same(spec["overhead"], overhead):
                raise operation.forbid(_MISMATCH)
            spec["overhead"] = dict(overhead)
        scheduling = (found or {}).get("scheduling") or {}
        _select_nodes(operation, spec, scheduling.get("nodeSelector") or {})
        wanted = scheduling.get("tolerations") or []
        if wanted:
            own = spec.get("tolerations") or []
            spec["tolerations"] = [*own, *(one for one in wanted if one not in own)]

    async def validate(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create has an object"
        spec = operation.obj["spec"]
        overhead = _overhead(await _class_of(operation, spec))
        if overhead and not _same(spec.get("overhead") or {}, overhead):
            raise operation.forbid(_MISMATCH)
        if spec.get("overhead") and not overhead:
            raise operation.forbid(_WITHOUT)


async def _class_of(operation: Operation, spec: Json) -> Json | None:
    """The class that the pod names, if it names one. Raises 403 for one that is not there."""
    name = spec.get("runtimeClassName")
    if not name:
        return None
    found = operation.state.cache.get(CLASSES, name)
    if found is None:
        await operation.state.cache.catch_up()
        found = operation.state.cache.get(CLASSES, name)
    if found is None:
        raise operation.forbid(f'pod rejected: RuntimeClass "{name}" not found')
    return found


def _overhead(runtime_class: Json | None) -> dict[str, str]:
    return ((runtime_class or {}).get("overhead") or {}).get("podFixed") or {}


def _same(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether two resource lists mean the same amounts."""
    return {key: parse_quantity(value) for key, value in one.items()} == {
        key: parse_quantity(value) for key, value in other.items()
    }


def _select_nodes(operation: Operation, spec: Json, wanted: dict[str, str]) -> None:
    if not wanted:
        return
    own = spec.get("nodeSelector") or {}
    for key, value in sorted(wanted.items()):
        if own.get(key, value) != value:
            raise operation.forbid(
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {own[key]}"
            )
    spec["nodeSelector"] = {**own, **wanted}
