"""Storage class: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Required

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, text_of
from pybernetes.api.core.affinity import TopologySelectorTerm
from pybernetes.api.core.deprecated_labels import of_expressions
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.meta.validation import validate_label_name
from pybernetes.api.object import Json, annotations_of, name_of
from pybernetes.api.schema.marks import Always, Atomic, Default
from pybernetes.api.storage.class_validation import validate_parameters, validate_provisioner


class StorageClass(TypedDict, total=False):
    """A kind of storage that claims can ask for, and how volumes of it are made."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    allowVolumeExpansion: bool | None
    "Whether claims may grow."
    allowedTopologies: Annotated[list[TopologySelectorTerm], Atomic()]
    "Where volumes may be made; anywhere by default."
    mountOptions: Annotated[list[str], Atomic()]
    "Options for mounting volumes of the class, which are not checked beforehand."
    parameters: dict[str, str]
    "Settings for the provisioner."
    provisioner: Required[str]
    "What makes the volumes, such as the name of a CSI driver."
    reclaimPolicy: Annotated[str | None, Default("Delete")]
    "What becomes of a volume when its claim goes: Delete or Retain."
    volumeBindingMode: Annotated[str | None, Default("Immediate")]
    "Immediate, or WaitForFirstConsumer to choose the place of a volume together with that of its pod."


_RECLAIM_POLICIES = ("Delete", "Retain")
_BINDING_MODES = ("Immediate", "WaitForFirstConsumer")
_IS_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def _validate(storage_class: Json, errors: ErrorList) -> None:
    validate_provisioner(storage_class.get("provisioner") or "", "provisioner", errors)
    validate_parameters(storage_class.get("parameters") or {}, "parameters", errors)
    policy, mode = storage_class.get("reclaimPolicy") or "", storage_class.get("volumeBindingMode")
    if policy and policy not in _RECLAIM_POLICIES:
        errors.not_supported("reclaimPolicy", policy, _RECLAIM_POLICIES)
    if mode is None:
        errors.required("volumeBindingMode")
    elif mode not in _BINDING_MODES:
        errors.not_supported("volumeBindingMode", mode, _BINDING_MODES)
    _validate_topologies(storage_class.get("allowedTopologies") or [], errors)


def _validate_topologies(terms: list[Json], errors: ErrorList) -> None:
    """Terms name labels and values once, and no two are alike."""
    seen: list[dict[str, frozenset[str]]] = []
    for number, term in enumerate(terms):
        path, values_of = f"allowedTopologies[{number}]", {}
        for index, expression in enumerate(term.get("matchLabelExpressions") or ()):
            at = f"{path}.matchLabelExpressions[{index}]"
            key, values = expression.get("key") or "", expression.get("values") or []
            if not values:
                errors.required(f"{at}.values")
            for position, value in enumerate(values):
                if value in values[:position]:
                    errors.duplicate(f"{at}.values[{position}]", value)
            if key in values_of:
                errors.duplicate(f"{at}.key", key)
            values_of[key] = frozenset(values)
            validate_label_name(key, f"{at}.key", errors)
        if values_of in seen:
            errors.duplicate(f"{path}.matchLabelExpressions", "")
        seen.append(values_of)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    for field in ("parameters", "provisioner", "reclaimPolicy"):
        if (new.get(field) or None) != (old.get(field) or None):
            errors.forbidden(field, f"updates to {field} are forbidden.")
    if new.get("volumeBindingMode") != old.get("volumeBindingMode"):
        errors.invalid("volumeBindingMode", new.get("volumeBindingMode"), "field is immutable")


def is_default(storage_class: Json) -> bool:
    """Whether claims that name no class get this one."""
    annotations = annotations_of(storage_class)
    return any(annotations.get(name) == "true" for name in _IS_DEFAULT)


def _name(storage_class: Json, now: datetime) -> str:
    return name_of(storage_class) + (" (default)" if is_default(storage_class) else "")


def _may_grow(storage_class: Json, now: datetime) -> Any:
    return bool(storage_class.get("allowVolumeExpansion"))


def _warnings(obj: Json, old: Json | None) -> list[str]:
    found: list[str] = []
    for index, term in enumerate(obj.get("allowedTopologies") or ()):
        path = f"allowedTopologies[{index}].matchLabelExpressions"
        found += of_expressions(term.get("matchLabelExpressions"), path)
    return found


DEFINITION = Definition(
    warnings=_warnings,
    columns=(
        Column("Name", _name, format="name", description="The name of the class."),
        Column("Provisioner", text_of("provisioner"), description="What makes the volumes."),
        Column("ReclaimPolicy", text_of("reclaimPolicy", default="Delete"), description="What becomes of volumes."),
        Column(
            "VolumeBindingMode",
            text_of("volumeBindingMode", default="Immediate"),
            description="When they are bound.",
        ),
        Column("AllowVolumeExpansion", _may_grow, description="Whether claims may grow."),
        AGE,
    ),
    validate=_validate,
    validate_update=_validate_update,
)
