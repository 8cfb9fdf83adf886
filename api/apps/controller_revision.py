"""Controller revision: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int64, RawObject


class ControllerRevision(TypedDict, total=False):
    """A stored state of a DaemonSet or StatefulSet, to roll back to. Its data cannot change."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: ObjectMeta
    "The name, labels and other data that every object has."
    data: RawObject
    "The state."
    revision: Required[Int64]
    "The number of the revision; later ones are higher."
