"""Carries out a resize: pod cgroup up, containers, pod cgroup down; so that no limit is ever below what is in it.

Part of `pod_sync`; see `resize` for the decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import orjson

from pybernetes.api.object import Json
from pybernetes.kubelet.container_resources import container_resources, pod_cgroup_limits, qos_of
from pybernetes.kubelet.pod_actions import Kill, KillReason
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_record import PodRecord
from pybernetes.kubelet.resize import (
    Change,
    Refusal,
    changes,
    failed,
    feasible,
    given_before,
    pending,
    resources_of,
)
from pybernetes.kubelet.runtime.cgroups import Cgroups
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure


class PodResize:
    """Resizes running pods. `others` are the pods beside one, `allocatable` what the node has to give."""

    def __init__(
        self,
        runtime: Runtime,
        cgroups: Cgroups,
        events: PodEvents,
        *,
        allocatable: Mapping[str, str],
        node_memory_bytes: int,
        pod_pids_limit: int | None,
        others: Callable[[Json], Iterable[Json]],
    ):
        self._runtime = runtime
        self._cgroups = cgroups
        self._events = events
        self._allocatable = allocatable
        self._memory = node_memory_bytes
        self._pids = pod_pids_limit
        self._others = others

    async def resize(self, record: PodRecord) -> list[Kill]:
        """Bring running containers to what the spec asks for; the ones to restart are given back.

        Never raises for what is refused: the pod's condition says it.
        """
        pod = record.pod
        if not record.given_known:
            record.given = {**given_before(pod, record.runtime), **record.given}
            record.given_known = True
        wanted = changes(pod, record.runtime, record.given)
        if not wanted:
            record.resize_condition = None
            return []
        refusal = feasible(pod, self._others(pod), self._allocatable)
        if refusal is not None:
            self._refuse(record, refusal)
            return []
        summary = orjson.dumps({"containers": [_shown(change) for change in wanted]}).decode()
        self._events.normal(pod, "ResizeStarted", f"Pod resize started: {summary}")
        try:
            await self._apply(record, [change for change in wanted if not change.restart])
        except (RuntimeFailure, OSError) as error:
            record.resize_condition = failed(str(error))
            self._events.warning(pod, "ResizeError", f"Pod resize failed: {error}")
            return []
        record.resize_condition = None
        restarts = [change for change in wanted if change.restart]
        if not restarts:
            self._events.normal(pod, "ResizeCompleted", f"Pod resize completed: {summary}")
        return [_restart(change) for change in restarts]

    def _refuse(self, record: PodRecord, refusal: Refusal) -> None:
        condition = pending(refusal)
        if record.resize_condition != condition:
            self._events.warning(record.pod, f"Resize{refusal.reason}", refusal.message)
        record.resize_condition = condition

    async def _apply(self, record: PodRecord, wanted: list[Change]) -> None:
        """Raises RuntimeFailure, OSError."""
        pod, uid = record.pod, record.uid
        limits = pod_cgroup_limits(pod, self._pids)
        qos = qos_of(pod)
        self._cgroups.create_pod(uid, qos, replace(limits, cpu_quota_microseconds=None, memory_bytes=None))
        for change in wanted:
            resources = container_resources(pod, change.spec, self._memory, 1)  # what stays 0 is not touched
            await self._runtime.update_container_resources(change.container.id, resources)
            record.given[change.spec["name"]] = resources_of(change.spec)
        self._cgroups.create_pod(uid, qos, limits)


def _restart(change: Change) -> Kill:
    message = f"Container {change.spec['name']} resize requires restart"
    return Kill(change.container, change.spec, KillReason.RESIZE, message)


def _shown(change: Change) -> Json:
    return {"name": change.spec["name"], "resources": resources_of(change.spec)}
