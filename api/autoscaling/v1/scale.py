"""Scale: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always


class Scale(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[ScaleSpec, Always()]
    status: Annotated[ScaleStatus, Always()]


class ScaleSpec(TypedDict, total=False):
    replicas: Int32


class ScaleStatus(TypedDict, total=False):
    replicas: Required[Int32]
    selector: str
