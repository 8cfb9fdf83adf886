"""Containers that end again and again are started again later and later: after 10 s, doubling, at most 5 min.

The first end costs nothing; a container that ran for ten minutes starts over. Counterpart: doBackOff of kuberuntime.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.component.clock import Clock
from pybernetes.kubelet.backoff import Backoff
from pybernetes.kubelet.durations import format_duration
from pybernetes.kubelet.pod_actions import Start
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_record import PodRecord
from pybernetes.kubelet.pod_spec import container_hash, describe
from pybernetes.kubelet.pod_status import Wait
from pybernetes.kubelet.runtime.types import ContainerState

FIRST_SECONDS, MOST_SECONDS = 10.0, 300.0


class CrashLoops:
    """Delays by pod, container and what the container is made from: a changed image is tried at once."""

    def __init__(self, events: PodEvents, clock: Clock):
        self._events = events
        self._clock = clock
        self._delays = Backoff(clock, FIRST_SECONDS, MOST_SECONDS)

    def sift(self, record: PodRecord, starts: Iterable[Start]) -> tuple[list[Start], float]:
        """The containers that may be started now, and the seconds until the first of the others may.

        Notes in the record why the others wait. Those that are started have their next delay doubled.
        """
        now, soonest = [], float("inf")
        for start in starts:
            name = start.spec["name"]
            found = record.runtime.find(name)
            if found is None or found.state is not ContainerState.EXITED:
                now.append(start)
                continue
            key = f"{record.uid}_{name}_{container_hash(start.spec)}"
            age = self._clock.now().timestamp() - found.status.finished_at_ns / 1e9
            ended = self._clock.monotonic() - max(0.0, age)
            remaining = self._delays.remaining(key, ended)
            if remaining > 0:
                soonest = min(soonest, remaining)
                self._wait(record, name, self._delays.current(key))
            else:
                self._delays.next(key, ended)
                now.append(start)
        return now, soonest

    def _wait(self, record: PodRecord, name: str, seconds: float) -> None:
        where = describe(record.pod)
        text = f"back-off {format_duration(seconds)} restarting failed container={name} pod={where}"
        record.waits[name] = Wait("CrashLoopBackOff", text)
        text = f"Back-off restarting failed container {name} in pod {where}"
        self._events.warning(record.pod, "BackOff", text, container=name)

    def forget(self, uid: str) -> None:
        """The pod is gone."""
        self._delays.forget_prefix(f"{uid}_")
