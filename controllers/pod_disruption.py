"""Saying on a pod why the control plane ends it: the condition DisruptionTarget, before the pod is deleted.

Jobs and people read it to tell such an end from a failure of the pod's own.
"""

from __future__ import annotations

from datetime import datetime

from pybernetes.api.core.pod_conditions import pod_condition
from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import Json, format_time, name_of, namespace_of, uid_of
from pybernetes.client.client import Client

CONDITION = "DisruptionTarget"


async def mark_disrupted(
    client: Client, pod: Json, reason: str, message: str, now: datetime, *, phase: str = ""
) -> None:
    """Set the condition, and the phase if one is given. A pod that is gone is fine. Raises `APIError`."""
    current = pod_condition(pod, CONDITION)
    if current is not None and current.get("status") == "True" and not phase:
        return
    condition = {
        "type": CONDITION,
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": format_time(now),
    }
    status: Json = {"conditions": [condition]}
    if phase:
        status["phase"] = phase
    patch = {"metadata": {"uid": uid_of(pod)}, "status": status}
    try:
        await client.patch("pods", name_of(pod), patch, namespace_of(pod), type="strategic", subresource="status")
    except APIError as error:
        if not is_not_found(error):
            raise
