"""Nodes and pods for the scheduler's tests, as the API shows them, each in one line."""

from __future__ import annotations

import itertools
from typing import Any

from pybernetes.api.object import Json

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_uids = itertools.count(1)


def a_node(
    name: str,
    *,
    cpu: str = "4",
    memory: str = "16Gi",
    pods: str = "110",
    zone: str = "",
    labels: dict[str, str] | None = None,
    taints: list[Json] | None = None,
    unschedulable: bool = False,
    images: dict[str, int] | None = None,
    **extended: str,
) -> Json:
    """A node with its hostname label, a zone if one is given, and extended resources by name with _ for /."""
    own = {HOSTNAME: name, **({ZONE: zone} if zone else {}), **(labels or {})}
    extra = {key.replace("_", "/"): value for key, value in extended.items()}
    spec: Json = {"taints": taints} if taints else {}
    if unschedulable:
        spec["unschedulable"] = True
    status: Json = {"allocatable": {"cpu": cpu, "memory": memory, "pods": pods, **extra}}
    if images:
        status["images"] = [{"names": [image], "sizeBytes": size} for image, size in images.items()]
    return {"metadata": {"name": name, "uid": name, "labels": own}, "spec": spec, "status": status}


def a_pod(
    name: str,
    *,
    cpu: str = "",
    memory: str = "",
    namespace: str = "default",
    labels: dict[str, str] | None = None,
    node: str = "",
    priority: int = 0,
    image: str = "app:v1",
    ports: list[Json] | None = None,
    requests: dict[str, str] | None = None,
    metadata: Json | None = None,
    status: Json | None = None,
    **spec: Any,
) -> Json:
    """A pod of one container. `spec` holds further fields of the spec."""
    wanted = {**({"cpu": cpu} if cpu else {}), **({"memory": memory} if memory else {}), **(requests or {})}
    container: Json = {"name": "c", "image": image, "resources": {"requests": wanted} if wanted else {}}
    if ports:
        container["ports"] = ports
    own: Json = {"name": name, "namespace": namespace, "uid": f"pod-{next(_uids)}", "labels": labels or {}}
    body: Json = {"containers": [container], "priority": priority, "schedulerName": "default-scheduler", **spec}
    if node:
        body["nodeName"] = node
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**own, **(metadata or {})},
        "spec": body,
        "status": status or {},
    }
