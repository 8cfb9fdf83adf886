"""Object meta: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64, RawObject, Time
from pybernetes.api.schema.marks import Atomic, ListMap, ListSet, PatchMerge, struct

_ListMetaKeywords = TypedDict(
    "_ListMetaKeywords",
    {"continue": "str"},
    total=False,
)


class ListMeta(_ListMetaKeywords, total=False):
    remainingItemCount: Int64 | None
    resourceVersion: str
    selfLink: str
    shardInfo: ShardInfo


class ShardInfo(TypedDict, total=False):
    selector: Required[str]


class ManagedFieldsEntry(TypedDict, total=False):
    apiVersion: str
    fieldsType: str
    fieldsV1: RawObject
    manager: str
    operation: str
    subresource: str
    time: Time


class ObjectMeta(TypedDict, total=False):
    annotations: dict[str, str]
    creationTimestamp: Time
    deletionGracePeriodSeconds: Int64 | None
    deletionTimestamp: Time
    finalizers: Annotated[list[str], ListSet(), PatchMerge()]
    generateName: str
    generation: Int64
    labels: dict[str, str]
    managedFields: Annotated[list[ManagedFieldsEntry], Atomic()]
    name: str
    namespace: str
    ownerReferences: Annotated[list[OwnerReference], ListMap("uid"), PatchMerge("uid")]
    resourceVersion: str
    selfLink: str
    uid: str


@struct(atomic=True)
class OwnerReference(TypedDict, total=False):
    apiVersion: Required[str]
    kind: Required[str]
    blockOwnerDeletion: bool | None
    controller: bool | None
    name: Required[str]
    uid: Required[str]
