"""Delete options: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Atomic


class DeleteOptions(TypedDict, total=False):
    apiVersion: str
    kind: str
    dryRun: Annotated[list[str], Atomic()]
    gracePeriodSeconds: Int64 | None
    ignoreStoreReadErrorWithClusterBreakingPotential: bool | None
    orphanDependents: bool | None
    preconditions: Preconditions
    propagationPolicy: str | None


class Preconditions(TypedDict, total=False):
    resourceVersion: str | None
    uid: str | None
