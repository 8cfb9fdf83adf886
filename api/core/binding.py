"""Binding: the shape on the wire, and its rules."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.core.reference import ObjectReference
from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.schema.marks import Always


class Binding(TypedDict, total=False):
    """The decision that a pod runs on a node. Creating one, at the pod's binding subresource, places the pod."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    target: Required[Annotated[ObjectReference, Always()]]
    "The node to run on."


def _validate(binding: Json, errors: ErrorList) -> None:
    target = binding.get("target") or {}
    if target.get("kind") and target["kind"] != "Node":
        errors.not_supported("target.kind", target["kind"], ("Node", "<empty>"))
    if not target.get("name"):
        errors.required("target.name")


DEFINITION = Definition(validate=_validate)
