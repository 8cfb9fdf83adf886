"""Delete options: the shape on the wire."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64
from pybernetes.api.schema.marks import Atomic


class DeleteOptions(TypedDict, total=False):
    """How an object is to be deleted."""

    apiVersion: str
    "The group and version of the API that the options are written in."
    kind: str
    "Always DeleteOptions."
    dryRun: Annotated[list[str], Atomic()]
    "All to go through every step but the last, so that nothing is deleted."
    gracePeriodSeconds: Int64 | None
    "How many seconds the object has to end. With 0 it goes at once; the kind's default holds without it."
    ignoreStoreReadErrorWithClusterBreakingPotential: bool | None
    """Whether an object that can no longer be read from the store is removed all the same. Nothing looks after what
    it leaves.
    """
    orphanDependents: bool | None
    "Deprecated: use propagationPolicy. With true, objects that this one owns stay."
    preconditions: Preconditions
    "What must be true of the object, or else it is not deleted."
    propagationPolicy: str | None
    """What becomes of the objects that it owns: Orphan keeps them, Background deletes them after it, Foreground
    before it.
    """


class Preconditions(TypedDict, total=False):
    """What must be true of an object before it is changed."""

    resourceVersion: str | None
    "The version that it must have."
    uid: str | None
    "The id that it must have."
