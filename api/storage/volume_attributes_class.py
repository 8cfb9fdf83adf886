"""Volume attributes class: the shape on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.meta.object_meta import ObjectMeta
from pybernetes.api.schema.marks import Always


class VolumeAttributesClass(TypedDict, total=False):
    """Settings of volumes that can change while they exist, for claims to choose from."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    metadata: Annotated[ObjectMeta, Always()]
    "The name, labels and other data that every object has."
    driverName: Required[str]
    "The driver that the settings are for. It cannot change."
    parameters: dict[str, str]
    "The settings. They cannot change: claims are moved to another class instead."
