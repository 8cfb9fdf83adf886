"""Pod template: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pybernetes.api.core.pod import PodSpec
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class PodTemplate(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    template: Annotated[PodTemplateSpec, Always()]


class PodTemplateSpec(TypedDict, total=False):
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[PodSpec, Always()]
