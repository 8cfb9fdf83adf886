"""Cluster role binding: the shape on the wire, its defaults, rules and columns."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import path_segment
from pybernetes.api.object import Json
from pybernetes.api.rbac.binding_columns import BINDING_COLUMNS
from pybernetes.api.rbac.role_ref import RoleRef
from pybernetes.api.rbac.subject import Subject
from pybernetes.api.rbac.validation import set_binding_defaults, validate_binding, validate_binding_update
from pybernetes.api.schema.marks import Always, Atomic


class ClusterRoleBinding(TypedDict, total=False):
    """Gives the permissions of a ClusterRole to subjects, in the whole cluster."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    roleRef: Required[Annotated[RoleRef, Always()]]
    "The cluster role. It cannot change."
    subjects: Annotated[list[Subject], Atomic()]
    "Who gets the permissions."


def _validate(binding: Json, errors: ErrorList) -> None:
    validate_binding(binding, ("ClusterRole",), namespaced=False, errors=errors)


DEFINITION = Definition(
    columns=BINDING_COLUMNS,
    name_check=path_segment,
    set_defaults=set_binding_defaults,
    validate=_validate,
    validate_update=validate_binding_update,
    allow_create_on_update=True,
)
