"""Service account: the shape on the wire, what is kept of it, and its columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.columns import AGE, NAME
from pybernetes.api.core.reference import LocalObjectReference, ObjectReference
from pybernetes.api.definition import Column, Definition
from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.object import Json, annotations_of
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


_MOUNTABLE = "kubernetes.io/enforce-mountable-secrets"


def _warnings(new: Json, old: Json | None) -> list[str]:
    if _MOUNTABLE not in annotations_of(new) or (old is not None and _MOUNTABLE in annotations_of(old)):
        return []
    advice = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"
    return [f"metadata.annotations[{_MOUNTABLE}]: {advice}"]


DEFINITION = Definition(
    columns=(NAME, Column("Secrets", _secrets, description="How many secrets it may mount."), AGE),
    warnings=_warnings,
    prepare_create=_name_secrets_only,
    prepare_update=_name_secrets_only,
)
