"""One priority level at work: its seats, who sits on them, and who waits for one.

`enter` gives a request its seats at once, lets it wait, or refuses it; `leave` gives them back and lets the next
in. Everything happens in the server's event loop, so no state is ever seen half changed. A request wider than the
level has seats is let in when nobody else is there: it would wait for ever otherwise.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from pybernetes.api.object import Json
from pybernetes.apiserver.flowcontrol.fair_queue import FairQueue
from pybernetes.apiserver.flowcontrol.metrics import LevelMetrics
from pybernetes.apiserver.flowcontrol.shares import DemandMeter

Seat = asyncio.Future[None]


class Rejected(Exception):
    """The request is refused: `reason` is the word that the metrics have for it."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Counts:
    """How requests have fared since the server began."""

    dispatched: int = 0
    rejected: int = 0
    timed_out: int = 0
    cancelled: int = 0


class Level:
    """A priority level. `seats` is how many it has now; `executing` requests sit on `in_use` of them."""

    def __init__(self, name: str, uid: str, spec: Json, seats: int):
        self.name = name
        self.uid = uid
        self.in_use = 0
        self.executing = 0
        self.counts = Counts()
        self.seats = seats
        self.demand = DemandMeter()
        self.metrics = LevelMetrics(name)
        self.exempt = False
        self._spec: Json = {}
        self._queues: list[FairQueue[Seat]] = []  # the one that takes requests last; older ones only empty themselves
        self._takes_requests = False
        self._waiting_width = 0
        self.configure(uid, spec)

    def configure(self, uid: str, spec: Json) -> None:
        """Go by another spec from now on. Who waits already stays in the old queues, and is served first."""
        self.uid = uid
        if spec == self._spec:
            return
        self._spec = spec
        self.exempt = spec["type"] == "Exempt"
        queue = _queue_of(spec)
        self._takes_requests = queue is not None
        self._queues = [old for old in self._queues if old.length]
        if queue is not None:
            self._queues.append(queue)

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return sum(queue.length for queue in self._queues)

    @property
    def active_queues(self) -> int:
        """How many queues have somebody in them."""
        return sum(queue.active for queue in self._queues)

    def enter(self, width: int) -> bool:
        """Take seats if they are free and nobody waits for them. The quick way, which most requests go."""
        if not self.exempt and (self._waiting_width or not self._fits(width)):
            return False
        self.in_use += width
        self.executing += 1
        self.counts.dispatched += 1
        self.demand.note(self.in_use)
        return True

    def _fits(self, width: int) -> bool:
        return self.in_use + width <= self.seats or self.in_use == 0

    async def wait(self, schema: str, flow: int, width: int, seconds: float) -> None:
        """Take seats when it is the request's turn. Raises `Rejected` when the queue is full or the time is over."""
        if not self._takes_requests:
            self.counts.rejected += 1
            raise Rejected("concurrency-limit")
        queue = self._queues[-1]
        loop = asyncio.get_running_loop()
        seat: Seat = loop.create_future()
        waiting = queue.add(seat, flow, width)
        if waiting is None:
            self.counts.rejected += 1
            raise Rejected("queue-full")
        self._waiting_width += width
        self.demand.note(self.in_use + self._waiting_width)
        self.metrics.queued(schema, 1)
        end = loop.call_later(seconds, _end, seat)
        try:
            await seat
        except BaseException as error:
            if not waiting.left:
                queue.remove(waiting)
                self._waiting_width -= width
            elif not seat.cancelled() and seat.exception() is None:
                self.leave(width)  # its turn came in the same moment as its end
            if isinstance(error, TimeoutError):
                self.counts.timed_out += 1
                raise Rejected("time-out") from None
            self.counts.cancelled += 1
            raise
        finally:
            end.cancel()
            self.metrics.queued(schema, -1)

    def leave(self, width: int) -> None:
        """Give seats back and let in whose turn it is."""
        self.in_use -= width
        self.executing -= 1
        if self._waiting_width:
            self.dispatch()

    def dispatch(self) -> None:
        """Let in as many of those who wait as there are seats for."""
        for queue in self._queues:
            while (head := queue.peek()) is not None:
                if not self._fits(head.width):
                    return
                queue.pop()
                self._waiting_width -= head.width
                if not head.item.done():
                    self.in_use += head.width
                    self.executing += 1
                    self.counts.dispatched += 1
                    head.item.set_result(None)

    def resize(self, seats: float) -> None:
        """Have another number of seats; those in use beyond it are given up as their requests end."""
        self.seats = max(1, math.floor(seats + 0.5))
        self.dispatch()


def _end(seat: Seat) -> None:
    """Its time is over, unless it has been given."""
    if not seat.done():
        seat.set_exception(TimeoutError())


def _queue_of(spec: Json) -> FairQueue[Seat] | None:
    """The queues of a level that lets requests wait; None for one that refuses them."""
    response = (spec.get("limited") or {}).get("limitResponse") or {}
    if response.get("type") != "Queue":
        return None
    settings = response.get("queuing") or {}
    return FairQueue(settings.get("queues", 64), settings.get("handSize", 8), settings.get("queueLengthLimit", 50))
