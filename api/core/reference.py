"""Reference: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class LocalObjectReference(TypedDict, total=False):
    """A reference to an object of the same namespace, whose kind is known."""

    name: str
    "The name of the object."


@struct(atomic=True)
class ObjectReference(TypedDict, total=False):
    """A reference to an object of any kind."""

    apiVersion: str
    "The group and version of the object."
    kind: str
    "The kind of the object."
    fieldPath: str
    "The part of the object that is meant, such as spec.containers{web}."
    name: str
    "The name of the object."
    namespace: str
    "The namespace of the object; empty for those of the cluster."
    resourceVersion: str
    "The version of the object that is meant."
    uid: str
    "The id of the object, which tells it from later ones with its name."


@struct(atomic=True)
class SecretReference(TypedDict, total=False):
    """A reference to a secret of any namespace."""

    name: str
    "The name of the secret."
    namespace: str
    "The namespace of the secret."


@struct(atomic=True)
class TypedLocalObjectReference(TypedDict, total=False):
    """A reference to an object of the same namespace, of a kind that is named."""

    kind: Required[str]
    "The kind of the object."
    apiGroup: str | None
    "The group of the kind; that of core if empty."
    name: Required[str]
    "The name of the object."


class TypedObjectReference(TypedDict, total=False):
    """A reference to an object, of a kind that is named."""

    kind: Required[str]
    "The kind of the object."
    apiGroup: str | None
    "The group of the kind; that of core if empty."
    name: Required[str]
    "The name of the object."
    namespace: str | None
    "The namespace of the object; that of the reference by default. Another needs a ReferenceGrant there."
