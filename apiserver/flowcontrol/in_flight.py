"""How many requests are served at a time where priority and fairness is turned off: so many that read, so many others.

Who finds no place is refused at once, unless they are of system:masters: these must be able to repair what is broken.

Counterpart: apiserver/pkg/server/filters/maxinflight.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Gauge

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.flowcontrol.control import FlowControl, TooManyRequests
from pybernetes.apiserver.user import MASTERS_GROUP

_READS = frozenset(("get", "list", "watch"))
_IN_FLIGHT = Gauge("apiserver_current_inflight_requests", "Requests that are served now", ["request_kind"])
_NO_HEADERS: Mapping[str, str] = {}


class Places:
    """The places for one kind of requests. A `limit` of 0 is none."""

    headers = _NO_HEADERS

    def __init__(self, kind: str, limit: int):
        self._limit = limit
        self.taken = 0
        self._gauge = _IN_FLIGHT.labels(kind)

    def take(self) -> bool:
        if self._limit and self.taken >= self._limit:
            return False
        self.taken += 1
        self._gauge.set(self.taken)
        return True

    def close(self) -> None:
        """Give one place back."""
        self.taken -= 1
        self._gauge.set(self.taken)


class _NoPlace:
    """What who is served regardless has."""

    headers = _NO_HEADERS

    def close(self) -> None:
        """There is nothing to give back."""


_REGARDLESS = _NoPlace()


class InFlight:
    """The limits of one server: --max-requests-inflight and --max-mutating-requests-inflight."""

    def __init__(self, reads: int, writes: int):
        self.reads, self.writes = Places("readOnly", reads), Places("mutating", writes)

    @staticmethod
    def controls(attributes: Attributes) -> bool:
        """Whether a request takes a place: one that goes on for long does not."""
        return attributes.verb != "watch" and FlowControl.controls(attributes)

    def enter(self, attributes: Attributes) -> Places | _NoPlace | None:
        """A place for a request, if there is one."""
        places = self.reads if attributes.verb in _READS else self.writes
        if places.take():
            return places
        return _REGARDLESS if MASTERS_GROUP in attributes.user.groups else None

    async def wait(self, attributes: Attributes) -> Places | _NoPlace:
        """Nobody waits. Raises `TooManyRequests`."""
        raise TooManyRequests(_NO_HEADERS)
