"""Status: the shape on the wire, of every error and of what a delete answers."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ListMeta
from pybernetes.api.scalars import Int32
from pybernetes.api.schema.marks import Always


class Status(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: Annotated[ListMeta, Always()]
    status: str
    message: str
    reason: str
    details: StatusDetails
    code: Int32


class StatusDetails(TypedDict, total=False):
    name: str
    group: str
    kind: str
    uid: str
    causes: list[StatusCause]
    retryAfterSeconds: Int32


class StatusCause(TypedDict, total=False):
    reason: str
    message: str
    field: str
