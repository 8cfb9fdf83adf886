"""Secret: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Base64
from pybernetes.api.schema.marks import Default


class Secret(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    data: dict[str, Base64]
    immutable: bool | None
    stringData: dict[str, str]
    type: Annotated[str, Default("Opaque")]
