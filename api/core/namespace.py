"""Namespace: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, text_of
from pybernetes.api.definition import Column, Definition, text_field
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_finalizer_is_qualified
from pybernetes.api.names import dns_label, qualified_name
from pybernetes.api.object import Json, is_deleting, metadata, name_of
from pybernetes.api.scalars import Time
from pybernetes.api.schema.marks import Always, Atomic, Default, ListMap, PatchMerge


class Namespace(TypedDict, total=False):
    """A room for names. Most objects live in one, and go when it goes."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    spec: Annotated[NamespaceSpec, Always()]
    "How the namespace is to be removed."
    status: Annotated[NamespaceStatus, Always()]
    "Whether the namespace is in use or on its way out."


class NamespaceSpec(TypedDict, total=False):
    """How a namespace is to be removed."""

    finalizers: Annotated[list[str], Atomic()]
    "Parties that must be done before the namespace goes. That of kubernetes removes what is in it."


class NamespaceStatus(TypedDict, total=False):
    """What is known of a namespace."""

    conditions: Annotated[list[NamespaceCondition], ListMap("type"), PatchMerge("type")]
    "What keeps the namespace from going."
    phase: Annotated[str, Default("Active")]
    "Active, or Terminating once it has been deleted."


class NamespaceCondition(TypedDict, total=False):
    """One aspect of a namespace's removal."""

    status: Required[str]
    "Whether the condition holds: True, False or Unknown."
    lastTransitionTime: Annotated[Time, Always()]
    "When the status last changed."
    message: str
    "A sentence for people about the last change."
    reason: str
    "A word in CamelCase that says why the status is what it is."
    type: Required[str]
    "The aspect, such as NamespaceContentRemaining."


_NAME_LABEL = "kubernetes.io/metadata.name"
_FINALIZER = "kubernetes"


def _set_defaults(namespace: Json) -> None:
    """Every namespace has a label with its name, so that selectors can pick it."""
    name = name_of(namespace)
    if name:
        metadata(namespace).setdefault("labels", {})[_NAME_LABEL] = name


def _prepare_create(namespace: Json) -> None:
    """A new namespace is Active and cannot go before its content has."""
    spec = namespace.setdefault("spec", {})
    if _FINALIZER not in (spec.get("finalizers") or ()):
        spec["finalizers"] = [*(spec.get("finalizers") or ()), _FINALIZER]
    namespace["status"] = {"phase": "Active"}


def _prepare_update(new: Json, old: Json) -> None:
    """The finalizers change through the ``finalize`` subresource only."""
    new.setdefault("spec", {}).pop("finalizers", None)
    finalizers = (old.get("spec") or {}).get("finalizers")
    if finalizers:
        new["spec"]["finalizers"] = finalizers


def _validate(namespace: Json, errors: ErrorList) -> None:
    for finalizer in (namespace.get("spec") or {}).get("finalizers") or ():
        _validate_finalizer(finalizer, "spec.finalizers", errors)


def _validate_finalizer(finalizer: str, path: str, errors: ErrorList) -> None:
    errors.each_invalid(path, finalizer, qualified_name(finalizer))
    validate_finalizer_is_qualified(finalizer, path, errors)


def validate_namespace_finalizers(namespace: Json, errors: ErrorList) -> None:
    """The rules on what comes through the ``finalize`` subresource (ValidateNamespaceFinalizeUpdate)."""
    for index, finalizer in enumerate((namespace.get("spec") or {}).get("finalizers") or ()):
        _validate_finalizer(finalizer, f"spec.finalizers[{index}]", errors)


def _validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    phase = (new.get("status") or {}).get("phase") or ""
    if is_deleting(new):
        if phase != "Terminating":
            errors.invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")
    elif phase != "Active":
        errors.invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")


DEFINITION = Definition(
    name_check=dns_label,
    columns=(NAME, Column("Status", text_of("status", "phase"), description="Active or Terminating."), AGE),
    set_defaults=_set_defaults,
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    validate=_validate,
    validate_status=_validate_status,
    fields={"status.phase": text_field("status", "phase"), "name": text_field("metadata", "name")},
)
