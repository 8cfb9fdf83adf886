"""Opaque device configuration: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import RawObject


class OpaqueDeviceConfiguration(TypedDict, total=False):
    driver: Required[str]
    parameters: Required[RawObject]
