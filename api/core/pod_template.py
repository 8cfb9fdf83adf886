"""Pod template: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import CONTAINERS, IMAGES, NAME, format_labels
from pybernetes.api.core.pod import PodSpec
from pybernetes.api.core.pod_defaults import set_template_defaults
from pybernetes.api.core.pod_spec_validation import validate_pod_template
from pybernetes.api.core.pod_warnings import template_warnings
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.schema.marks import Always


class PodTemplate(TypedDict, total=False):
    """A stored template for pods."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    template: Annotated[PodTemplateSpec, Always()]
    "The pod that is made from it."


class PodTemplateSpec(TypedDict, total=False):
    """The labels and the spec of pods that a controller makes."""

    metadata: Annotated[ObjectMeta, Always()]
    "The labels, annotations and other data that objects made from it get."
    spec: Annotated[PodSpec, Always()]
    "What each pod should run."


def _set_defaults(obj: Json) -> None:
    set_template_defaults(obj.get("template") or {})


def _validate(obj: Json, errors: ErrorList) -> None:
    validate_pod_template(obj.get("template") or {}, "template", errors)


def _warnings(new: Json, old: Json | None) -> list[str]:
    if old is not None and new.get("template") == old.get("template"):
        return []
    return template_warnings(new, "")


def _pod_labels(obj: Json, now: datetime) -> str:
    return format_labels(((obj.get("template") or {}).get("metadata") or {}).get("labels"))


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Containers", CONTAINERS.cell, description=CONTAINERS.description),
        Column("Images", IMAGES.cell, description=IMAGES.description),
        Column("Pod Labels", _pod_labels, description="The labels of pods made from it."),
    ),
    set_defaults=_set_defaults,
    validate=_validate,
    warnings=_warnings,
    spec_fields=("template",),
)
