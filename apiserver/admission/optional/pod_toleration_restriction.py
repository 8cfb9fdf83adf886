"""PodTolerationRestriction: pods tolerate what their namespace says by default, and nothing that it does not allow.

Two annotations of the namespace say so, each a JSON list of tolerations; without one of them the configuration does.
Pods that ask for resources tolerate nodes that are short of memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from pybernetes.api.core.pod_resources import BEST_EFFORT, qos_class
from pybernetes.api.errors import failure
from pybernetes.api.object import Json, annotations_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.matching import find_namespace
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation

_DEFAULTS = "scheduler.alpha.kubernetes.io/defaultTolerations"
_ALLOWED = "scheduler.alpha.kubernetes.io/tolerationsWhitelist"
_MEMORY_PRESSURE = {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"}


class PodTolerationRestriction(AdmissionPlugin):
    def __init__(self, configuration: Json | None = None):
        self._defaults: list[Json] = (configuration or {}).get("default") or []
        self._allowed: list[Json] = (configuration or {}).get("whitelist") or []

    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE, UPDATE)

    async def admit(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create or update has an object"
        spec, extra = operation.obj["spec"], list[Json]()
        if operation.verb == CREATE:
            given = await _of_namespace(operation, _DEFAULTS)
            extra = list(self._defaults if given is None else given)
        if qos_class(operation.obj) != BEST_EFFORT:
            extra.append(_MEMORY_PRESSURE)
        if extra:
            spec["tolerations"] = merged([*(spec.get("tolerations") or ()), *extra])
        await self.validate(operation)

    async def validate(self, operation: Operation) -> None:
        tolerations = ((operation.obj or {}).get("spec") or {}).get("tolerations")
        if not tolerations:
            return
        given, scope = await _of_namespace(operation, _ALLOWED), "namespace"
        if given is None:
            given, scope = self._allowed, "cluster"
        if given and not all(any(covers(one, toleration) for one in given) for toleration in tolerations):
            merged_with = f"(possibly merged with {scope} default tolerations)"
            raise failure(500, "", f"pod tolerations {merged_with} conflict with its {scope} whitelist")


async def _of_namespace(operation: Operation, annotation: str) -> list[Json] | None:
    """The tolerations of an annotation; None without it. Raises 500 for what is no list of them."""
    text = annotations_of(await find_namespace(operation)).get(annotation)
    if text is None:
        return None
    try:
        found = orjson.loads(text) if text else []
    except orjson.JSONDecodeError as error:
        raise failure(500, "", str(error)) from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise failure(500, "", f"json: cannot unmarshal {annotation} into Go value of type []v1.Toleration")
    return found


def merged(tolerations: Sequence[Json]) -> list[Json]:
    """The tolerations without those that others cover; of two that are the same the first."""
    result: list[Json] = []
    for index, one in enumerate(tolerations):
        later = tolerations[index + 1 :]
        if not any(covers(other, one) for other in result) and not any(
            other != one and covers(other, one) for other in later
        ):
            result.append(one)
    return result


def covers(wide: Json, narrow: Json) -> bool:
    """Whether whatever the narrow one tolerates, the wide one does too."""
    if wide == narrow:
        return True
    everything = not wide.get("key") and wide.get("operator") == "Exists"
    if (wide.get("key") or "") != (narrow.get("key") or "") and not everything:
        return False
    if wide.get("effect") and wide["effect"] != narrow.get("effect"):
        return False
    seconds = wide.get("tolerationSeconds")
    if wide.get("effect") == "NoExecute" and seconds is not None:
        of_narrow = narrow.get("tolerationSeconds")
        if of_narrow is None or of_narrow > seconds:
            return False
    if wide.get("operator") == "Exists":
        return True
    same_value = (wide.get("value") or "") == (narrow.get("value") or "")
    return wide.get("operator") in (None, "", "Equal") and narrow.get("operator") == "Equal" and same_value
