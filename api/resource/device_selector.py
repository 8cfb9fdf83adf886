"""Device selector: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict


class CELDeviceSelector(TypedDict, total=False):
    expression: Required[str]


class DeviceSelector(TypedDict, total=False):
    cel: CELDeviceSelector
