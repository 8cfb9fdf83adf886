"""Runtime class: the shape on the wire, its rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.core.affinity import Toleration
from pybernetes.api.core.affinity_validation import validate_tolerations
from pybernetes.api.core.deprecated_labels import DEPRECATED_NODE_LABELS
from pybernetes.api.core.resource_validation import container_resource_name, validate_resource_list
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_immutable, validate_labels
from pybernetes.api.names import dns_label
from pybernetes.api.object import Json
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always, Atomic, AtomicMap


class RuntimeClass(TypedDict, total=False):
    """A way of running pods on a node, such as in virtual machines, for pods to choose."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    handler: Required[str]
    "The handler in the nodes' container runtime. It cannot change."
    overhead: Overhead
    "What a pod of the class costs beyond its containers."
    scheduling: Scheduling
    "Where pods of the class can run."


class Overhead(TypedDict, total=False):
    """What a pod costs beyond its containers."""

    podFixed: dict[str, Quantity]
    "The cost of each pod, by resource."


class Scheduling(TypedDict, total=False):
    """Where pods of a runtime class can run. It is added to what the pods say themselves."""

    nodeSelector: Annotated[dict[str, str], AtomicMap()]
    "Labels that a node must have."
    tolerations: Annotated[list[Toleration], Atomic()]
    "Taints that the pods tolerate."


def _validate(runtime_class: Json, errors: ErrorList) -> None:
    handler = runtime_class.get("handler") or ""
    errors.each_invalid("handler", handler, dns_label(handler))
    overhead = (runtime_class.get("overhead") or {}).get("podFixed") or {}
    validate_resource_list(overhead, "overhead.limits", errors, container_resource_name)
    scheduling = runtime_class.get("scheduling") or {}
    validate_labels(scheduling.get("nodeSelector") or {}, "scheduling.nodeSelector", errors)
    tolerations = scheduling.get("tolerations") or []
    validate_tolerations(tolerations, "scheduling.tolerations", errors)
    for index, toleration in enumerate(tolerations):
        if toleration in tolerations[:index]:
            errors.duplicate(f"scheduling.tolerations[{index}]", internal(toleration, "core.affinity.Toleration"))


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    validate_immutable(new.get("handler"), old.get("handler"), "handler", errors)


def _warnings(obj: Json, old: Json | None) -> list[str]:
    selected = (obj.get("scheduling") or {}).get("nodeSelector") or ()
    known = (DEPRECATED_NODE_LABELS[key] for key in selected if key in DEPRECATED_NODE_LABELS)
    return [f"scheduling.nodeSelector: {message}" for message in known]


DEFINITION = Definition(
    warnings=_warnings,
    columns=(NAME, Column("Handler", text_of("handler"), description="The handler in the container runtime."), AGE),
    validate=_validate,
    validate_update=_validate_update,
    allow_unconditional_update=False,
    allow_create_on_update=True,
)
