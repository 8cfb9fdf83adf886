"""Eviction: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.delete_options import DeleteOptions
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class Eviction(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ObjectMeta, Always()]
    deleteOptions: DeleteOptions


DEFINITION = Definition(shape=Eviction)
