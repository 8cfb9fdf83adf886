"""Opaque device configuration: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict

from pybernetes.api.scalars import RawObject


class OpaqueDeviceConfiguration(TypedDict, total=False):
    """Settings that only a driver understands."""

    driver: Required[str]
    "The driver that they are for."
    parameters: Required[RawObject]
    "The settings, as the driver defines them."
