"""What became of a request that has no object to answer with, and an event of a watch. The shapes on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ListMeta
from pybernetes.api.scalars import Int32, RawObject
from pybernetes.api.schema.marks import Atomic


class Status(TypedDict, total=False):
    """What became of a request."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    code: Int32
    "The HTTP status."
    details: StatusDetails
    "More about the reason, where there is more to say."
    kind: str
    "The name of the kind of object."
    message: str
    "What happened, for people."
    metadata: ListMeta
    "Nothing, or what a list has."
    reason: str
    "Why, in a word for programs."
    status: str
    "Success or Failure."


class StatusDetails(TypedDict, total=False):
    """What a status is about."""

    causes: Annotated[list[StatusCause], Atomic()]
    "Everything that was wrong, where there can be several things."
    group: str
    "The API group of the object."
    kind: str
    "The resource or the kind of the object."
    name: str
    "The name of the object."
    retryAfterSeconds: Int32
    "After how many seconds it makes sense to try again."
    uid: str
    "The id of the object."


class StatusCause(TypedDict, total=False):
    """One thing that was wrong."""

    field: str
    "The path of the field, such as spec.containers[0].name."
    message: str
    "What is wrong with it, for people."
    reason: str
    "What is wrong with it, in a word for programs."


class WatchEvent(TypedDict, total=False):
    """A change that a watch tells of."""

    object: Required[RawObject]
    "The object as it is now; as it last was, if it was deleted; or a Status, for an error."
    type: Required[str]
    "ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."
