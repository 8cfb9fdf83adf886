"""Object meta: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64, RawObject, Time
from pybernetes.api.schema.marks import Atomic, Doc, ListMap, ListSet, PatchMerge, struct

_ListMetaKeywords = TypedDict(
    "_ListMetaKeywords",
    {"continue": "Annotated[str, Doc('What to ask for the next part with, if the list is read in parts.')]"},
    total=False,
)


class ListMeta(_ListMetaKeywords, total=False):
    """What a list says of itself."""

    remainingItemCount: Int64 | None
    "How many objects of a list that is read in parts are left, if that is known."
    resourceVersion: str
    "The version of the store at which the list was read. A watch can start from it."
    selfLink: str
    "No longer used."
    shardInfo: ShardInfo
    "Which part of the objects the list was narrowed to."


class ShardInfo(TypedDict, total=False):
    """The part of all objects that a list holds."""

    selector: Required[str]
    "The expression that chose the part."


class ManagedFieldsEntry(TypedDict, total=False):
    """Which fields of an object one of its writers owns."""

    apiVersion: str
    "The version of the API that the fields are named by."
    fieldsType: str
    "The form of fieldsV1; FieldsV1 is the one that there is."
    fieldsV1: RawObject
    "The fields, as a tree of their names."
    manager: str
    "The writer."
    operation: str
    "How it wrote: Apply or Update."
    subresource: str
    "The subresource by which it wrote; empty for the object itself."
    time: Time
    "When the writer last changed something."


class ObjectMeta(TypedDict, total=False):
    """What every object says of itself."""

    annotations: dict[str, str]
    "Data by key for tools and people. Objects cannot be selected by it."
    creationTimestamp: Time
    "When the server made the object."
    deletionGracePeriodSeconds: Int64 | None
    "How many seconds the object has to end, once it is being deleted."
    deletionTimestamp: Time
    "When the object is to be gone. Its presence means that it is being deleted, which cannot be undone."
    finalizers: Annotated[list[str], ListSet(), PatchMerge()]
    "Parties that must be done, and have taken themselves off the list, before a deleted object goes."
    generateName: str
    "The beginning of a name, which the server completes, for an object without a name."
    generation: Int64
    "A number that rises when what is wanted changes, but not when the status does."
    labels: dict[str, str]
    "Names and values by which objects are grouped and selected."
    managedFields: Annotated[list[ManagedFieldsEntry], Atomic()]
    "Which fields each writer owns. The server keeps it for server-side apply."
    name: str
    "The name of the object, unique among its kind within its namespace. It cannot change."
    namespace: str
    "The namespace of the object; none for those of the whole cluster. It cannot change."
    ownerReferences: Annotated[list[OwnerReference], ListMap("uid"), PatchMerge("uid")]
    "The objects that this one depends on. When all of them are gone, it is deleted too."
    resourceVersion: str
    "The version of the object. An update that carries an old one is refused."
    selfLink: str
    "No longer used."
    uid: str
    "An id that no other object has, before or after this one."


@struct(atomic=True)
class OwnerReference(TypedDict, total=False):
    """An object that another one depends on, of the same namespace or of the cluster."""

    apiVersion: Required[str]
    "The group and version of the owner."
    kind: Required[str]
    "The kind of the owner."
    blockOwnerDeletion: bool | None
    "Whether the owner, when it is deleted in the foreground, waits for this object to go."
    controller: bool | None
    "Whether the owner is the one that manages this object. At most one is."
    name: Required[str]
    "The name of the owner."
    uid: Required[str]
    "The id of the owner."
