"""Env: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always, Default, struct


class ConfigMapEnvSource(TypedDict, total=False):
    name: str
    optional: bool | None


@struct(atomic=True)
class ConfigMapKeySelector(TypedDict, total=False):
    key: Required[str]
    name: str
    optional: bool | None


class EnvFromSource(TypedDict, total=False):
    configMapRef: ConfigMapEnvSource
    prefix: str
    secretRef: SecretEnvSource


class SecretEnvSource(TypedDict, total=False):
    name: str
    optional: bool | None


class EnvVar(TypedDict, total=False):
    name: Required[str]
    value: str
    valueFrom: EnvVarSource


class EnvVarSource(TypedDict, total=False):
    configMapKeyRef: ConfigMapKeySelector
    fieldRef: ObjectFieldSelector
    fileKeyRef: FileKeySelector
    resourceFieldRef: ResourceFieldSelector
    secretKeyRef: SecretKeySelector


@struct(atomic=True)
class ObjectFieldSelector(TypedDict, total=False):
    apiVersion: Annotated[str, Default("v1")]
    fieldPath: Required[str]


@struct(atomic=True)
class FileKeySelector(TypedDict, total=False):
    key: Required[str]
    optional: bool | None
    path: Required[str]
    volumeName: Required[str]


@struct(atomic=True)
class ResourceFieldSelector(TypedDict, total=False):
    containerName: str
    divisor: Annotated[Quantity, Always()]
    resource: Required[str]


@struct(atomic=True)
class SecretKeySelector(TypedDict, total=False):
    key: Required[str]
    name: str
    optional: bool | None
