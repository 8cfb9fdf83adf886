"""Priority class: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME, number_of, text_of
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, name_of
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always, Default, Enum, Immutable


class PriorityClass(TypedDict, total=False):
    """A name for a priority that pods can have."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    description: str
    "A sentence for people about when to use the class."
    globalDefault: bool
    "Whether pods without a class get this one. At most one class should say so."
    preemptionPolicy: Annotated[
        str | None, Default("PreemptLowerPriority"), Enum("PreemptLowerPriority", "Never"), Immutable()
    ]
    "PreemptLowerPriority to evict pods of lower priority for one of this class, Never to wait for room."
    value: Annotated[Int32, Always()]
    "The priority: more is more important. Users' classes go up to a billion."


SYSTEM_CLASSES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
HIGHEST_USER_PRIORITY = 1_000_000_000
_SYSTEM_PREFIX = "system-"
_RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: "


def _validate(priority_class: Json, errors: ErrorList) -> None:
    name, value = name_of(priority_class), priority_class.get("value") or 0
    if name.startswith(_SYSTEM_PREFIX):
        why = _why_not_system(name, value, bool(priority_class.get("globalDefault")))
        if why:
            errors.forbidden("metadata.name", _RESERVED + why)
    elif value > HIGHEST_USER_PRIORITY:
        detail = f"maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}"
        errors.forbidden("value", detail)


def _why_not_system(name: str, value: int, is_default: bool) -> str:
    wanted = SYSTEM_CLASSES.get(name)
    if wanted is None:
        return f"{name} is not a known system priority class"
    if value != wanted:
        return f"value of {name} PriorityClass must be {wanted}"
    return f"globalDefault of {name} PriorityClass must be false" if is_default else ""


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    if new.get("value") != old.get("value"):
        errors.forbidden("value", "may not be changed in an update.")


def _is_default(priority_class: Json, now: datetime) -> bool:
    return bool(priority_class.get("globalDefault"))


DEFINITION = Definition(
    columns=(
        NAME,
        Column("Value", number_of("value"), "integer", description="The priority of pods of this class."),
        Column("Global-Default", _is_default, "boolean", description="Whether pods without a class get this one."),
        AGE,
        Column("PreemptionPolicy", text_of("preemptionPolicy"), description="Whether its pods may displace others."),
    ),
    validate_create=_validate,
    validate_update=_validate_update,
    change_rules_first=True,
    spec_fields=("value", "globalDefault", "description", "preemptionPolicy"),
)
