"""Service account: the shape on the wire, and its columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME
from pybernetes.api.core.reference import LocalObjectReference, ObjectReference
from pybernetes.api.definition import Column, Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json
from pybernetes.api.schema.marks import Atomic, ListMap, PatchMerge


class ServiceAccount(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    automountServiceAccountToken: bool | None
    imagePullSecrets: Annotated[list[LocalObjectReference], Atomic()]
    secrets: Annotated[list[ObjectReference], ListMap("name"), PatchMerge("name")]


def _secrets(account: Json, now: datetime) -> int:
    return len(account.get("secrets") or ())


DEFINITION = Definition(
    columns=(NAME, Column("Secrets", _secrets, description="How many secrets it may mount."), AGE),
    allow_unconditional_update=False,
)
