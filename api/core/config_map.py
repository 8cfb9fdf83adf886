"""Config map: the shape on the wire, its rules and columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME
from pybernetes.api.definition import Column, Definition
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.names import config_key
from pybernetes.api.object import Json
from pybernetes.api.scalars import Base64
from pybernetes.api.schema.marks import Always


class ConfigMap(TypedDict, total=False):
    """Settings for pods to read, as files or as variables of their environment."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    binaryData: dict[str, Base64]
    "Values that are not text, in base64, by key. A key is either here or in data."
    data: dict[str, str]
    "Values that are text, by key."
    immutable: bool | None
    "Whether the data cannot change any more. Once true it stays so, and kubelets stop watching for changes."


MAX_BYTES = 1024 * 1024  # of a config map or a secret: what etcd takes in one request, less room for the rest
IMMUTABLE_WHEN_SET = "field is immutable when `immutable` is set"


def decoded_length(text: str) -> int:
    """How many bytes a base64 text stands for."""
    return len(text) * 3 // 4 - text.count("=", -2)


def _validate(config_map: Json, errors: ErrorList) -> None:
    data, binary = config_map.get("data") or {}, config_map.get("binaryData") or {}
    size = 0
    for key, value in data.items():
        wrong = config_key(key)
        if wrong:
            errors.each_invalid(f"data[{key}]", key, wrong)
        if key in binary:
            errors.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
        size += len(value) if value.isascii() else len(value.encode())
    for key, value in binary.items():
        errors.each_invalid(f"binaryData[{key}]", key, config_key(key))
        size += decoded_length(value)
    if size > MAX_BYTES:
        errors.too_long("", MAX_BYTES)


def _validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        errors.forbidden("immutable", IMMUTABLE_WHEN_SET)
    for field in ("data", "binaryData"):
        if (new.get(field) or {}) != (old.get(field) or {}):
            errors.forbidden(field, IMMUTABLE_WHEN_SET)


def _count(config_map: Json, now: datetime) -> int:
    return len(config_map.get("data") or ()) + len(config_map.get("binaryData") or ())


DEFINITION = Definition(
    columns=(NAME, Column("Data", _count, description="How many keys it has."), AGE),
    validate=_validate,
    validate_update=_validate_update,
    change_rules_first=True,
)
