"""Pods that wait for a node, in three places.

    add ─→ active ──pop──→ (being decided) ──reject──→ unschedulable ──event that may help──┐
             ↑                     └──fail──→ backing off ←── not waited long enough yet ───┤
             └──── time is up, or nothing else to do ──┘                     ←── else ──────┘

- Active: by priority, then by how long they have been here (PrioritySort).
- Backing off: after n attempts a pod waits 1 s * 2^(n-1), at most 10 s. When nothing is active, a pod that was
  turned down (not one whose attempt failed) is taken from here early: an event said that it may fit now.
- Unschedulable: waits for an event that may help one of the plugins that turned it down (`hints.py`), or for five
  minutes. Alike pods stand together, so an event asks once for all of them. Pods with scheduling gates wait here
  too, for the gates alone.

The queue is plain data moved by calls; `run` only lets time pass. With nothing waiting for time, it sleeps.
Counterpart: kube-scheduler's PriorityQueue.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.scheduler import metrics
from pybernetes.scheduler.hints import Event, may_help
from pybernetes.scheduler.pod import Pod, PodClass

BACKOFF_FIRST_SECONDS = 1.0
BACKOFF_MOST_SECONDS = 10.0
UNSCHEDULABLE_MOST_SECONDS = 300.0  # a hint that is wrong costs a pod no more than this
FLUSH_PERIOD_SECONDS = 30.0


class Place(Enum):
    ACTIVE = "active"
    BACKOFF = "backoff"
    UNSCHEDULABLE = "unschedulable"
    GATED = "gated"
    IN_FLIGHT = "in flight"


GroupKey = tuple[PodClass, frozenset[str], frozenset[str] | None, tuple[tuple[str, bool], ...]]


@dataclass(slots=True, eq=False)
class Entry:
    """A pod that waits. `since` is when it came where it is; `added` when the scheduler first saw it."""

    pod: Pod
    added: float
    since: float
    place: Place = Place.ACTIVE
    attempts: int = 0
    plugins: frozenset[str] = frozenset()
    failed: bool = False
    ticket: int = 0

    @property
    def group(self) -> GroupKey:
        return self.pod.cls, self.plugins, self.pod.pinned, self.pod.claims


@dataclass(slots=True)
class _Heap:
    """Entries in order; one that has left is skipped when it comes up."""

    items: list[tuple[float, float, int, Entry]] = field(default_factory=list)

    def push(self, entry: Entry, first: float, second: float, ticket: int) -> None:
        entry.ticket = ticket
        heapq.heappush(self.items, (first, second, ticket, entry))

    def peek(self, place: Place) -> Entry | None:
        while self.items:
            _, _, ticket, entry = self.items[0]
            if entry.place is place and entry.ticket == ticket:
                return entry
            heapq.heappop(self.items)
        return None


class SchedulingQueue:
    """Use from one event loop."""

    def __init__(self, *, clock: Clock = SYSTEM_CLOCK):
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._active = _Heap()
        self._backoff = _Heap()
        self._waiting: dict[GroupKey, dict[str, Entry]] = {}
        self._tickets = itertools.count(1)
        self._counts: dict[Place, int] = dict.fromkeys(Place, 0)
        self._available = asyncio.Event()
        self._time_matters = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def place_of(self, key: str) -> Place | None:
        entry = self._entries.get(key)
        return entry.place if entry else None

    def pending(self) -> dict[Place, int]:
        """How many pods wait in each place."""
        return dict(self._counts)

    # -- what happens to a pod

    def add(self, pod: Pod) -> None:
        """A pod without a node appeared."""
        if pod.key in self._entries:
            self.update(pod)
            return
        now = self._clock.monotonic()
        entry = self._entries[pod.key] = Entry(pod, now, now, Place.IN_FLIGHT)
        self._counts[Place.IN_FLIGHT] += 1
        if pod.gates:
            self._move(entry, Place.GATED)
            metrics.incoming_pods("gated", "PodAdd")
            return
        self._activate(entry)
        metrics.incoming_pods("active", "PodAdd")

    def update(self, pod: Pod) -> None:
        """A waiting pod changed. If what the scheduler reads of it changed, that may help it."""
        entry = self._entries.get(pod.key)
        if entry is None:
            self.add(pod)
            return
        old = entry.pod
        changed = pod.cls is not old.cls or pod.gates != old.gates or pod.claims != old.claims
        place = entry.place
        if place is Place.UNSCHEDULABLE:
            self._leave_group(entry)
            entry.pod = pod
            self._join_group(entry)
        entry.pod = pod
        if place is Place.GATED and not pod.gates:
            entry.added = entry.since = self._clock.monotonic()
            self._activate(entry)
            metrics.incoming_pods("active", "PodUpdate")
        elif place is Place.UNSCHEDULABLE and changed:
            self._release(entry, "PodUpdate")
        elif place is Place.ACTIVE and pod.priority != old.priority:
            self._activate(entry)

    def delete(self, key: str) -> None:
        """The pod is gone, or has a node."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            if entry.place is Place.UNSCHEDULABLE:
                self._leave_group(entry)
            self._counts[entry.place] -= 1
            entry.ticket = 0

    def reject(self, entry: Entry, plugins: Iterable[str]) -> None:
        """No node takes the pod: wait for an event that may help one of these plugins."""
        if self._entries.get(entry.pod.key) is not entry:
            return
        entry.plugins, entry.failed = frozenset(plugins), False
        self._move(entry, Place.UNSCHEDULABLE)
        self._join_group(entry)
        self._time_matters.set()

    def fail(self, entry: Entry) -> None:
        """The attempt failed for a reason that has nothing to do with the pod: try again after the back-off."""
        if self._entries.get(entry.pod.key) is not entry:
            return
        entry.failed = True
        entry.since = self._clock.monotonic()
        self._back_off(entry)
        metrics.incoming_pods("backoff", "ScheduleAttemptFailure")

    def retry(self, key: str) -> None:
        """Something outside the queue says that a rejected pod should be looked at again."""
        entry = self._entries.get(key)
        if entry is not None and entry.place is Place.UNSCHEDULABLE:
            self._release(entry, "ForceActivate")

    def restore(self, entry: Entry, pod: Pod) -> None:
        """A pod that left the queue with a node did not get it after all."""
        if pod.key not in self._entries:
            entry.pod = pod
            entry.place = Place.IN_FLIGHT
            self._entries[pod.key] = entry
            self._counts[Place.IN_FLIGHT] += 1
            self.fail(entry)

    def move(self, event: Event) -> None:
        """Something happened: take up again the pods that it may help."""
        helped = [group for group in self._waiting.items() if self._helps(event, group[1], group[0])]
        for _, entries in helped:
            for entry in list(entries.values()):
                self._leave_group(entry)
                self._release(entry, event.kind.value, left=True)

    @staticmethod
    def _helps(event: Event, entries: dict[str, Entry], key: GroupKey) -> bool:
        return may_help(event, next(iter(entries.values())).pod, key[1])

    # -- taking pods out

    async def pop(self) -> Entry:
        """The next pod to decide about; waits for one."""
        while True:
            entry = self.pop_nowait()
            if entry is not None:
                return entry
            self._available.clear()
            await self._available.wait()

    def pop_nowait(self) -> Entry | None:
        """The next pod, if there is one. It stays known to the queue until `reject`, `fail` or `delete`."""
        self._flush_backoff()
        entry = self._active.peek(Place.ACTIVE) or self._early()
        if entry is None:
            return None
        self._move(entry, Place.IN_FLIGHT)
        entry.attempts += 1
        return entry

    def _early(self) -> Entry | None:
        """The pod whose back-off ends first, unless its last attempt failed."""
        entry = self._backoff.peek(Place.BACKOFF)
        return entry if entry is not None and not entry.failed else None

    # -- time

    async def run(self) -> None:
        """Let time pass for pods that wait for it, until cancelled."""
        while True:
            self._flush_backoff()
            self._flush_unschedulable()
            wait = self._next_seconds()
            self._time_matters.clear()
            if wait is None:
                await self._time_matters.wait()
            else:
                await self._wait(wait)

    async def _wait(self, seconds: float) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        woken = asyncio.ensure_future(self._time_matters.wait())
        try:
            await asyncio.wait((sleeping, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            woken.cancel()

    def _next_seconds(self) -> float | None:
        """How long nothing happens by itself."""
        waits = [FLUSH_PERIOD_SECONDS] if self._waiting else []
        first = self._backoff.peek(Place.BACKOFF)
        if first is not None:
            waits.append(max(0.0, self._backoff_ends(first) - self._clock.monotonic()))
        return min(waits, default=None)

    def _flush_backoff(self) -> None:
        now = self._clock.monotonic()
        while (entry := self._backoff.peek(Place.BACKOFF)) is not None and self._backoff_ends(entry) <= now:
            self._activate(entry)
            metrics.incoming_pods("active", "BackoffComplete")

    def _flush_unschedulable(self) -> None:
        limit = self._clock.monotonic() - UNSCHEDULABLE_MOST_SECONDS
        late = [entry for group in self._waiting.values() for entry in group.values() if entry.since <= limit]
        for entry in late:
            self._release(entry, "UnschedulableTimeout")

    def _backoff_ends(self, entry: Entry) -> float:
        doublings = min(max(entry.attempts - 1, 0), 30)
        return entry.since + min(BACKOFF_MOST_SECONDS, BACKOFF_FIRST_SECONDS * 2.0**doublings)

    # -- moving

    def _release(self, entry: Entry, event: str, *, left: bool = False) -> None:
        """Out of unschedulable: to active, or to back off for what is left of the pod's wait."""
        if not left:
            self._leave_group(entry)
        if self._backoff_ends(entry) > self._clock.monotonic():
            self._back_off(entry)
            metrics.incoming_pods("backoff", event)
        else:
            self._activate(entry)
            metrics.incoming_pods("active", event)

    def _activate(self, entry: Entry) -> None:
        since = entry.since
        self._move(entry, Place.ACTIVE)
        entry.since = since
        self._active.push(entry, -entry.pod.priority, entry.since, next(self._tickets))
        self._available.set()

    def _back_off(self, entry: Entry) -> None:
        since = entry.since
        self._move(entry, Place.BACKOFF)
        entry.since = since
        self._backoff.push(entry, self._backoff_ends(entry), -entry.pod.priority, next(self._tickets))
        self._available.set()
        self._time_matters.set()

    def _move(self, entry: Entry, place: Place) -> None:
        self._counts[entry.place] -= 1
        self._counts[place] += 1
        entry.place = place
        entry.ticket = 0
        entry.since = self._clock.monotonic()

    def _join_group(self, entry: Entry) -> None:
        self._waiting.setdefault(entry.group, {})[entry.pod.key] = entry

    def _leave_group(self, entry: Entry) -> None:
        group = self._waiting[entry.group]
        del group[entry.pod.key]
        if not group:
            del self._waiting[entry.group]

    def rejected_by(self, plugin: str) -> int:
        """How many pods wait because of a plugin."""
        return sum(len(entries) for key, entries in self._waiting.items() if plugin in key[1])
