"""Ingress class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class IngressClass(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    spec: Annotated[IngressClassSpec, Always()]


class IngressClassSpec(TypedDict, total=False):
    controller: str
    parameters: IngressClassParametersReference


class IngressClassParametersReference(TypedDict, total=False):
    kind: Required[str]
    apiGroup: str | None
    name: Required[str]
    namespace: str | None
    scope: str | None


DEFINITION = Definition(spec_fields=("spec",))
