"""Reference: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import struct


@struct(atomic=True)
class LocalObjectReference(TypedDict, total=False):
    name: str


@struct(atomic=True)
class ObjectReference(TypedDict, total=False):
    apiVersion: str
    kind: str
    fieldPath: str
    name: str
    namespace: str
    resourceVersion: str
    uid: str


@struct(atomic=True)
class SecretReference(TypedDict, total=False):
    name: str
    namespace: str


@struct(atomic=True)
class TypedLocalObjectReference(TypedDict, total=False):
    kind: Required[str]
    apiGroup: str | None
    name: Required[str]


class TypedObjectReference(TypedDict, total=False):
    kind: Required[str]
    apiGroup: str | None
    name: Required[str]
    namespace: str | None
