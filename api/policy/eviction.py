"""Eviction: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.delete_options import DeleteOptions
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class Eviction(TypedDict, total=False):
    """A wish to evict a pod, which is granted only if its disruption budget allows it. It is created at the pod."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    deleteOptions: DeleteOptions
    "How the pod is to be deleted."


DEFINITION = Definition(shape=Eviction)
