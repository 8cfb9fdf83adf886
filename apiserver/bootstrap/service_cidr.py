"""The range that cluster IPs are taken from, as the ServiceCIDR ``kubernetes``, which says that it is ready.

It is made from the flag and left alone afterwards: a range that somebody made with that name stays as it is.
Counterpart: pkg/controlplane/controller/defaultservicecidr.
"""

from __future__ import annotations

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json, is_condition_true
from pybernetes.apiserver.bootstrap.startup import Submit

_PATH = "/apis/networking.k8s.io/v1/servicecidrs"
_NAME = "kubernetes"
_READY = "Kubernetes default Service CIDR is ready"


async def publish_service_cidr(submit: Submit, ip_range: str, now: str) -> None:
    """Make it, unless it is there, and say that it is ready. Raises `APIError`."""
    cidr = await _find_or_create(submit, ip_range)
    if (cidr.get("spec") or {}).get("cidrs") != [ip_range] or is_condition_true(cidr, "Ready"):
        return
    condition = {"type": "Ready", "status": "True", "reason": "", "message": _READY, "lastTransitionTime": now}
    try:
        await submit("PUT", f"{_PATH}/{_NAME}/status", {**cidr, "status": {"conditions": [condition]}})
    except APIError as error:
        if not is_conflict(error):  # otherwise another server has said so
            raise


async def _find_or_create(submit: Submit, ip_range: str) -> Json:
    try:
        return await submit("GET", f"{_PATH}/{_NAME}")
    except APIError as error:
        if not is_not_found(error):
            raise
    obj: Json = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": _NAME}}
    try:
        return await submit("POST", _PATH, {**obj, "spec": {"cidrs": [ip_range]}})
    except APIError as error:
        if not is_already_exists(error):
            raise
    return await submit("GET", f"{_PATH}/{_NAME}")
