"""Env: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Quantity
from pybernetes.api.schema.marks import Always, Default, struct


class ConfigMapEnvSource(TypedDict, total=False):
    """A config map whose keys become variables."""

    name: str
    "The config map, of the pod's namespace."
    optional: bool | None
    "Whether the container starts without it. It does not by default."


@struct(atomic=True)
class ConfigMapKeySelector(TypedDict, total=False):
    """One key of a config map."""

    key: Required[str]
    "The key to take the value of."
    name: str
    "The config map, of the pod's namespace."
    optional: bool | None
    "Whether the container starts if the config map or the key is missing."


class EnvFromSource(TypedDict, total=False):
    """An object whose keys all become variables of the environment."""

    configMapRef: ConfigMapEnvSource
    "The config map to take the keys of."
    prefix: str
    "Text that is put before each key."
    secretRef: SecretEnvSource
    "The secret to take the keys of."


class SecretEnvSource(TypedDict, total=False):
    """A secret whose keys become variables."""

    name: str
    "The secret, of the pod's namespace."
    optional: bool | None
    "Whether the container starts without it. It does not by default."


class EnvVar(TypedDict, total=False):
    """A variable of a container's environment."""

    name: Required[str]
    "The variable's name. It holds any printable ASCII but the equals sign."
    value: str
    "The value. $(NAME) stands for a variable set before it, and $$ for a dollar sign."
    valueFrom: EnvVarSource
    "Where the value comes from, if it is not given here."


class EnvVarSource(TypedDict, total=False):
    """Where the value of a variable comes from: one of these."""

    configMapKeyRef: ConfigMapKeySelector
    "A key of a config map."
    fieldRef: ObjectFieldSelector
    "A field of the pod, such as metadata.name or status.podIP."
    fileKeyRef: FileKeySelector
    "A key of a file with variables, in a volume of the pod."
    resourceFieldRef: ResourceFieldSelector
    "A limit or request of a container."
    secretKeyRef: SecretKeySelector
    "A key of a secret."


@struct(atomic=True)
class ObjectFieldSelector(TypedDict, total=False):
    """One field of an object."""

    apiVersion: Annotated[str, Default("v1")]
    "The version of the API by which the path is read."
    fieldPath: Required[str]
    "The path of the field, such as metadata.labels['app']."


@struct(atomic=True)
class FileKeySelector(TypedDict, total=False):
    """One variable of a file that lists variables."""

    key: Required[str]
    "The variable's name in the file."
    optional: bool | None
    "Whether the container starts if the file or the variable is missing."
    path: Required[str]
    "The path of the file within the volume, relative and without dots that lead out of it."
    volumeName: Required[str]
    "The emptyDir volume that holds the file."


@struct(atomic=True)
class ResourceFieldSelector(TypedDict, total=False):
    """One amount among a container's resources."""

    containerName: str
    "The container that is meant. Volumes must name it; variables default to their own container."
    divisor: Annotated[Quantity, Always()]
    "The unit in which the amount is given, such as 1m or 1Mi. The default is 1."
    resource: Required[str]
    "Which amount, such as limits.cpu or requests.memory."


@struct(atomic=True)
class SecretKeySelector(TypedDict, total=False):
    """One key of a secret."""

    key: Required[str]
    "The key to take the value of."
    name: str
    "The secret, of the pod's namespace."
    optional: bool | None
    "Whether the container starts if the secret or the key is missing."
