"""Controller revision: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Int64, RawObject


class ControllerRevision(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    data: RawObject
    revision: Required[Int64]
