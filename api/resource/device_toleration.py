"""Device toleration: the shape on the wire."""

from __future__ import annotations

from typing_extensions import TypedDict

from pybernetes.api.scalars import Int64


class DeviceToleration(TypedDict, total=False):
    """What lets a device be used in spite of a taint. It tolerates the taints that it matches."""

    effect: str
    "The effect that is tolerated: NoSchedule or NoExecute; any if empty."
    key: str
    "The key of the taint; any if empty, which needs the operator Exists."
    operator: str
    "Equal compares the values, and is the default; Exists matches any value."
    tolerationSeconds: Int64 | None
    "For NoExecute: how many seconds the device stays in use after the taint appears."
    value: str
    "The value of the taint, for Equal."
