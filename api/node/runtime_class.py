"""Runtime class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import Toleration
from pybernetes.api.meta.object_meta import ObjectMeta
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
