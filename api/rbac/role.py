"""Role: the shape on the wire, its rules and columns."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import CREATED_AT, NAME
from pybernetes.api.definition import Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import path_segment
from pybernetes.api.object import Json
from pybernetes.api.rbac.policy_rule import PolicyRule
from pybernetes.api.rbac.validation import validate_rules
from pybernetes.api.schema.marks import Always, Atomic


class Role(TypedDict, total=False):
    """A set of permissions within one namespace."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    rules: Annotated[list[PolicyRule], Atomic(), Always()]
    "What is allowed."


def _validate(role: Json, errors: ErrorList) -> None:
    validate_rules(role.get("rules") or (), namespaced=True, errors=errors)


DEFINITION = Definition(
    columns=(NAME, CREATED_AT), name_check=path_segment, validate=_validate, allow_create_on_update=True
)
