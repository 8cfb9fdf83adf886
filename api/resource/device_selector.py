"""Device selector: the shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict


class CELDeviceSelector(TypedDict, total=False):
    """A CEL expression about a device."""

    expression: Required[str]
    "The expression. It sees device, and gives true or false."


class DeviceSelector(TypedDict, total=False):
    """What a device must meet."""

    cel: CELDeviceSelector
    "The condition as a CEL expression."
