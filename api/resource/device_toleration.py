"""Device toleration: the shape on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64


class DeviceToleration(TypedDict, total=False):
    effect: str
    key: str
    operator: str
    tolerationSeconds: Int64
    value: str
