"""Volume attributes class: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta


class VolumeAttributesClass(TypedDict, total=False):
    apiVersion: str
    kind: str
    metadata: ObjectMeta
    driverName: Required[str]
    parameters: dict[str, str]
