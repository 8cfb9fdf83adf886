"""Ingress class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class IngressClass(TypedDict, total=False):
    """A class of ingresses, which one controller carries out."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[IngressClassSpec, Always()]
    "The controller and its settings."


class IngressClassSpec(TypedDict, total=False):
    """The controller of a class of ingresses."""

    controller: str
    "The controller, as a domain and a path, such as example.com/ingress. It cannot change."
    parameters: IngressClassParametersReference
    "An object with more settings for the controller."


class IngressClassParametersReference(TypedDict, total=False):
    """An object with settings for an ingress controller."""

    kind: Required[str]
    "The kind of the object."
    apiGroup: str | None
    "The API group of the object; that of core if empty."
    name: Required[str]
    "The name of the object."
    namespace: str | None
    "The namespace of the object, if its scope is Namespace."
    scope: str | None
    "Cluster or Namespace. The default is Cluster."


DEFINITION = Definition(spec_fields=("spec",))
