"""Config map: the shape on the wire."""

from __future__ import annotations

from typing import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.scalars import Base64


class ConfigMap(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    binaryData: dict[str, Base64]
    data: dict[str, str]
    immutable: bool | None
