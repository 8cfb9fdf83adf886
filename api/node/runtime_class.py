"""Runtime class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.affinity import Toleration
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Atomic, AtomicMap


class RuntimeClass(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    handler: Required[str]
    overhead: Overhead
    scheduling: Scheduling


class Overhead(TypedDict, total=False):
    podFixed: dict[str, Quantity]


class Scheduling(TypedDict, total=False):
    nodeSelector: Annotated[dict[str, str], AtomicMap()]
    tolerations: Annotated[list[Toleration], Atomic()]
