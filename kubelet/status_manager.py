"""Brings the status of pods to the API: the newest one, as a patch, only when it changes something.

    set(pod, status) → (newest per pod) → a worker: patch → answer is what the API knows
    finish(uid)      → after the last patch, a pod that is being deleted is deleted for good, with grace 0

A status that is set while a patch is under way waits for it and replaces whatever else waits. A terminal phase is
never taken back. When somebody else overwrites what is ours, it is put right. Counterpart: pkg/kubelet/status.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pybernetes.api.core.pod_conditions import TERMINAL_PHASES
from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json, deep_copy, is_deleting, name_of, namespace_of, resource_version_of, uid_of
from pybernetes.client.client import Client
from pybernetes.client.reconciler import run_workers
from pybernetes.client.workqueue import WorkQueue
from pybernetes.component.clock import Clock
from pybernetes.kubelet.pod_spec import is_static
from pybernetes.kubelet.status_conditions import OWNED
from pybernetes.kubelet.status_patch import status_patch

log = logging.getLogger(__name__)

_WORKERS = 8


@dataclass
class _Entry:
    """`known` is the API's status at `version`; `wanted` the newest of ours.

    `pod` is the API object that shows the status: for a static pod its mirror, None until there is one.
    """

    pod: Json | None
    known: Json
    version: int
    wanted: Json | None = None
    finished: bool = False


class StatusManager:
    """Statuses by pod uid."""

    def __init__(self, client: Client, clock: Clock):
        self._client = client
        self._entries: dict[str, _Entry] = {}
        self._queue: WorkQueue[str] = WorkQueue("pod status", clock=clock)

    async def run(self) -> None:
        """Send what is set until cancelled."""
        await run_workers("pod status", self._queue, self._send, workers=_WORKERS)

    def observe(self, pod: Json, shows: str = "") -> None:
        """The API shows the pod so now; a mirror pod shows the static pod with the uid `shows`."""
        uid, version = shows or uid_of(pod), _version(pod)
        entry = self._entries.get(uid)
        if entry is None:
            self._entries[uid] = _Entry(pod, pod.get("status") or {}, version)
            return
        is_another = entry.pod is None or uid_of(entry.pod) != uid_of(pod)
        entry.pod = pod
        if version >= entry.version or is_another:
            entry.known, entry.version = pod.get("status") or {}, version
        if entry.finished or (entry.wanted is not None and status_patch(entry.known, entry.wanted)):
            self._queue.add(uid)

    def current(self, pod: Json) -> Json:
        """The pod with its newest status: ours, and the conditions that others have set."""
        entry = self._entries.get(uid_of(pod))
        if entry is None or entry.wanted is None:
            return pod
        foreign = [each for each in (pod.get("status") or {}).get("conditions") or () if each["type"] not in OWNED]
        named = {each["type"] for each in foreign}
        ours = [each for each in entry.wanted.get("conditions") or () if each["type"] not in named]
        return {**pod, "status": {**entry.wanted, "conditions": [*ours, *foreign]}}

    def set(self, pod: Json, status: Json) -> None:
        """The pod's status is this now."""
        uid = uid_of(pod)
        shown_by = None if is_static(pod) else pod
        entry = self._entries.setdefault(uid, _Entry(shown_by, pod.get("status") or {}, _version(pod)))
        ended = (entry.wanted or entry.known).get("phase")
        if ended in TERMINAL_PHASES and status.get("phase") not in TERMINAL_PHASES:
            log.warning("a terminal phase is never taken back", extra={"pod": name_of(pod), "phase": ended})
            status = {**status, "phase": ended}
        entry.wanted = deep_copy(status)
        if status_patch(entry.known, entry.wanted):
            self._queue.add(uid)

    def finish(self, uid: str) -> None:
        """Nothing of the pod is left on this node: the API may let go of it."""
        entry = self._entries.get(uid)
        if entry is not None:
            entry.finished = True
            self._queue.add(uid)

    def forget(self, uid: str) -> None:
        """The API has no such pod any more."""
        self._entries.pop(uid, None)

    async def _send(self, uid: str) -> float | None:
        entry = self._entries.get(uid)
        if entry is None or entry.pod is None:
            return None
        try:
            await self._patch(entry, entry.pod)
            if entry.finished and is_deleting(entry.pod):
                await self._client.delete("pods", name_of(entry.pod), namespace_of(entry.pod), uid=uid, grace_seconds=0)
                self._entries.pop(uid, None)
        except APIError as error:
            if not (is_not_found(error) or is_conflict(error)):
                raise
            if is_static(entry.pod):
                entry.pod = None  # its next mirror shows it
            else:
                self._entries.pop(uid, None)  # another pod has the name by now, or none
        return None

    async def _patch(self, entry: _Entry, pod: Json) -> None:
        if entry.wanted is None:
            return
        patch = status_patch(entry.known, entry.wanted)
        if not patch:
            return
        body = {"metadata": {"uid": uid_of(pod)}, "status": patch}
        answer = await self._client.patch(
            "pods", name_of(pod), body, namespace_of(pod), type="strategic", subresource="status"
        )
        entry.known, entry.version = answer.get("status") or {}, _version(answer)


def _version(pod: Json) -> int:
    """Resource versions are ordered numbers since Kubernetes 1.35."""
    text = resource_version_of(pod)
    return int(text) if text.isdigit() else 0
