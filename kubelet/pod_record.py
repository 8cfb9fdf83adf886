"""What a worker holds of its pod, and a pod made up from what the runtime remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pybernetes.api.object import Json, uid_of
from pybernetes.kubelet.pod_status import Outcome, Wait
from pybernetes.kubelet.runtime_status import PodRuntime
from pybernetes.kubelet.volumes.plugin import Volume


@dataclass
class PodRecord:
    """One pod on this node. Only its worker changes it, but for `pod` and `stale`, which may change at any time.

    `stale`: the runtime may differ from `runtime`. `outcome`: the pod is ended for a reason outside of it.
    `waits`: why containers that should run do not. `in_api`: there is an API object that shows it. `given`: the
    resources that each container was started with or resized to.
    """

    pod: Json
    runtime: PodRuntime
    stale: bool = True
    start_time: str = ""
    outcome: Outcome | None = None
    grace_override_seconds: int | None = None
    waits: dict[str, Wait] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    given: dict[str, Json] = field(default_factory=dict)
    given_known: bool = False
    resize_condition: Json | None = None
    failures: int = 0
    in_api: bool = True
    admitted: bool = False

    @property
    def uid(self) -> str:
        return uid_of(self.pod)


def recovered_pod(runtime: PodRuntime) -> Json:
    """A pod from labels and annotations alone: one that the API no longer has, to be ended properly."""
    names = dict.fromkeys(container.name for container in runtime.containers)
    containers, grace = [], None
    for name in names:
        remembered = runtime.latest[name].remembered
        spec: Json = {"name": name, "image": runtime.latest[name].status.image, "ports": list(remembered.ports)}
        if remembered.pre_stop_handler:
            spec["lifecycle"] = {"preStop": remembered.pre_stop_handler}
        containers.append(spec)
        asked = remembered.pod_deletion_grace_period_seconds
        grace = asked if asked is not None else remembered.pod_termination_grace_period_seconds
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": runtime.name, "namespace": runtime.namespace, "uid": runtime.uid},
        "spec": {"containers": containers, "terminationGracePeriodSeconds": 30 if grace is None else grace},
    }
