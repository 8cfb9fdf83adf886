"""Scale: the shape on the wire, how it is made of an object with replicas, and what it may ask."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always
from pybernetes.api.selectors import format_label_selector


class Scale(TypedDict, total=False):
    """How many pods a workload has: the form that all that can be scaled share."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[ScaleSpec, Always()]
    "How many there should be."
    status: Annotated[ScaleStatus, Always()]
    "How many there are."


class ScaleSpec(TypedDict, total=False):
    """How many pods there should be."""

    replicas: Int32
    "The number of pods that is wanted."


class ScaleStatus(TypedDict, total=False):
    """How many pods there are."""

    replicas: Required[Int32]
    "The number of pods that there are."
    selector: str
    "Which pods are counted, by labels, as text."


_CARRIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(obj: Json) -> Json:
    """The scale of an object that has replicas: what the ``scale`` subresource shows."""
    meta, spec, status = obj.get("metadata") or {}, obj.get("spec") or {}, obj.get("status") or {}
    selector = spec.get("selector") or {}
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        selector = {"matchLabels": selector}
    shown: Json = {"replicas": status.get("replicas") or 0}
    text = format_label_selector(selector)
    if text:
        shown["selector"] = text
    replicas = spec.get("replicas") or 0
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {field: meta[field] for field in _CARRIED if field in meta},
        "spec": {"replicas": replicas} if replicas else {},
        "status": shown,
    }


def _validate(scale: Json, errors: ErrorList) -> None:
    replicas = (scale.get("spec") or {}).get("replicas") or 0
    if replicas < 0:
        errors.invalid("spec.replicas", replicas, "must be greater than or equal to 0")


DEFINITION = Definition(shape=Scale, validate=_validate)
