"""Priority class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Default


class PriorityClass(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    description: str
    globalDefault: bool
    preemptionPolicy: Annotated[str | None, Default("PreemptLowerPriority")]
    value: Int32
