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
from pybernetes.api.schema.marks import Always, Atomic, ListMap, PatchMerge


class ServiceAccount(TypedDict, total=False):
    """An identity for the processes in pods."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    automountServiceAccountToken: bool | None
    "Whether pods that use it get a token mounted. They do by default; a pod may say otherwise."
    imagePullSecrets: Annotated[list[LocalObjectReference], Atomic()]
    "Secrets with credentials for registries that pods get which name none themselves."
    secrets: Annotated[list[ObjectReference], ListMap("name"), PatchMerge("name")]
    "Secrets that pods of this account may use. Only enforced on accounts that are annotated so."


def _secrets(account: Json, now: datetime) -> int:
    return len(account.get("secrets") or ())


def _name_secrets_only(account: Json, old: Json | None = None) -> None:
    """Of a reference to a secret only the name means something."""
    if account.get("secrets"):
        account["secrets"] = [{"name": secret["name"]} if secret.get("name") else {} for secret in account["secrets"]]


DEFINITION = Definition(
    columns=(NAME, Column("Secrets", _secrets, description="How many secrets it may mount."), AGE),
    prepare_create=_name_secrets_only,
    prepare_update=_name_secrets_only,
)
