"""The queues of one priority level, and whose turn it is.

Every waiting request has a virtual start: not before the virtual time at which it came, and not before the one
before it in its queue would be done. The request with the least of them is next, and the virtual time goes on with
it. So each queue gets the same number of seats over time, however many requests it holds, and a queue that was
empty has no claim for the time that it asked nothing.

Pure: nothing here waits or looks at a clock. A request may be taken out again while it waits.

Counterpart: apiserver/pkg/util/flowcontrol/fairqueuing/queueset.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pybernetes.apiserver.flowcontrol.shuffle import deal

Item = TypeVar("Item")


@dataclass(eq=False)
class Waiting(Generic[Item]):
    """A request in a queue, `width` seats wide."""

    item: Item
    width: int
    start: float
    queue: int
    left: bool = False


@dataclass
class _Queue(Generic[Item]):
    requests: deque[Waiting[Item]] = field(default_factory=deque)
    finish: float = 0.0
    length: int = 0
    width: int = 0


class FairQueue(Generic[Item]):
    """`queues` queues of at most `length_limit` requests each; a flow uses `hand_size` of them."""

    def __init__(self, queues: int, hand_size: int, length_limit: int):
        self._queues: list[_Queue[Item]] = [_Queue() for _ in range(queues)]
        self._hand_size = hand_size
        self._length_limit = length_limit
        self._virtual_time = 0.0
        self._heads: list[tuple[float, int, int]] = []  # start of a queue's first request, a number, the queue
        self._order = itertools.count()
        self.length = 0

    def add(self, item: Item, flow: int, width: int) -> Waiting[Item] | None:
        """Let a request wait in the least full queue of its flow's hand; None if that is full."""
        hand = deal(flow, len(self._queues), self._hand_size)
        number = min(hand, key=lambda queue: self._queues[queue].width)
        queue = self._queues[number]
        if queue.length >= self._length_limit:
            return None
        start = max(self._virtual_time, queue.finish)
        queue.finish = start + width
        waiting = Waiting(item, width, start, number)
        queue.requests.append(waiting)
        queue.length += 1
        queue.width += width
        self.length += 1
        if len(queue.requests) == 1:
            heapq.heappush(self._heads, (start, next(self._order), number))
        return waiting

    @property
    def active(self) -> int:
        """How many of the queues have somebody in them."""
        return sum(1 for queue in self._queues if queue.length)

    def remove(self, waiting: Waiting[Item]) -> None:
        """Take out a request that does not wait any more."""
        if not waiting.left:
            self._leave(waiting)

    def peek(self) -> Waiting[Item] | None:
        """Whose turn it is."""
        while self._heads:
            number = self._heads[0][2]
            requests = self._queues[number].requests
            while requests and requests[0].left:
                requests.popleft()
            if requests and requests[0].start == self._heads[0][0]:
                return requests[0]
            heapq.heappop(self._heads)
            if requests:
                heapq.heappush(self._heads, (requests[0].start, next(self._order), number))
        return None

    def pop(self) -> Waiting[Item]:
        """Take out the request whose turn it is. There must be one."""
        waiting = self.peek()
        assert waiting is not None, "nobody waits"
        self._virtual_time = max(self._virtual_time, waiting.start)
        self._leave(waiting)
        return waiting

    def _leave(self, waiting: Waiting[Item]) -> None:
        waiting.left = True
        queue = self._queues[waiting.queue]
        queue.length -= 1
        queue.width -= waiting.width
        self.length -= 1
