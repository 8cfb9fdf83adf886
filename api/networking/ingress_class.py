"""Ingress class: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, NONE, text_of
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_domain_prefixed
from pybernetes.api.names import dns_label
from pybernetes.api.networking.ingress_validation import validate_typed_reference
from pybernetes.api.object import Json
from pybernetes.api.schema.marks import Always, Default


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
    scope: Annotated[str | None, Default("Cluster")]
    "Cluster or Namespace."


_CONTROLLER_MAX_LENGTH = 250
_SCOPES = ("Cluster", "Namespace")


def _validate(ingress_class: Json, errors: ErrorList) -> None:
    spec = ingress_class.get("spec") or {}
    controller = spec.get("controller") or ""
    if not controller:
        errors.required("spec.controller")
    else:
        if len(controller) > _CONTROLLER_MAX_LENGTH:
            errors.too_long("spec.controller", _CONTROLLER_MAX_LENGTH)
        validate_domain_prefixed(controller, "spec.controller", errors)
    if spec.get("parameters") is not None:
        _validate_parameters(spec["parameters"], "spec.parameters", errors)


def _validate_parameters(parameters: Json, path: str, errors: ErrorList) -> None:
    validate_typed_reference(parameters, path, errors)
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    if scope is None:
        errors.required(f"{path}.scope")
    elif scope not in _SCOPES:
        errors.not_supported(f"{path}.scope", scope, _SCOPES)
    elif scope == "Namespace":
        if namespace is None:
            errors.required(f"{path}.namespace", "`parameters.scope` is set to 'Namespace'")
        else:
            errors.each_invalid(f"{path}.namespace", namespace, dns_label(namespace))
    elif namespace is not None:
        errors.forbidden(f"{path}.namespace", "`parameters.scope` is set to 'Cluster'")


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    controller = (new.get("spec") or {}).get("controller") or ""
    if controller != ((old.get("spec") or {}).get("controller") or ""):
        errors.invalid("spec.controller", controller, "field is immutable")


def _parameters(ingress_class: Json, now: datetime) -> str:
    parameters = (ingress_class.get("spec") or {}).get("parameters")
    if parameters is None:
        return NONE
    group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") is not None else ""
    return f"{parameters.get('kind', '')}{group}/{parameters.get('name', '')}"


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Controller", text_of("spec", "controller"), description="The controller that carries it out."),
        Column("Parameters", _parameters, description="The object with settings for the controller."),
        AGE,
    ),
    validate=_validate,
    validate_update=_validate_update,
    spec_fields=("spec",),
)
