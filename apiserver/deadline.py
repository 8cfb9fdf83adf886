"""How long a write may take: a minute (--request-timeout), or what it says in ``?timeout=`` if that is shorter.

A request that is not done by then is given up and told so; whether its write has happened it must find out, as after
any answer that got lost. Reads are answered from memory and need no such limit; streams set their own.

Counterpart: apiserver/pkg/endpoints/filters/request_deadline.go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pybernetes.api.errors import APIError, bad_request, timeout
from pybernetes.apiserver.http import Request
from pybernetes.component.duration import duration_seconds

REQUEST_SECONDS = 60.0
_LOOK_SECONDS = 1.0
LIMITED = frozenset(("create", "update", "patch", "delete", "deletecollection"))
Answered = TypeVar("Answered")


def seconds_for(request: Request, most: float = REQUEST_SECONDS) -> float:
    """The limit of a request. Raises 400 for a timeout that is no duration."""
    given = request.query.get("timeout")
    if not given:
        return most
    try:
        seconds = duration_seconds(given)
    except ValueError:
        raise _invalid(f'invalid duration "{given}"') from None
    if given[-1].isdigit() and seconds:
        raise _invalid(f'missing unit in duration "{given}"')
    return seconds if 0 < seconds < most else most


def _invalid(why: str) -> APIError:
    return bad_request(f"invalid timeout specified in the request URL - time: {why}")


class Deadlines:
    """The requests that are under way.

    Nearly all have the same limit, so they end in the order they began, and one timer that looks at the oldest once a
    second does for all of them: a timer for each would cost more than the rest of what is asked of a request.
    """

    def __init__(self, most_seconds: float = REQUEST_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._running: dict[_Limit, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def within(self, request: Request, work: Callable[[], Awaitable[Answered]]) -> Answered:
        """The result of the work. Raises 400 as `seconds_for`, and 504 when the time is over, or up to a second on."""
        seconds = seconds_for(request, self._most_seconds)
        if seconds < self._most_seconds:
            return await _within(seconds, work)
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()  # a question to the kernel each time
        task = asyncio.current_task(loop)
        assert task is not None, "requests are handled in tasks"
        limit = _Limit(task, loop.time() + seconds)
        self._running[limit] = None
        if self._timer is None:
            self._timer = loop.call_later(_LOOK_SECONDS, self._look, loop)
        try:
            return await work()
        except asyncio.CancelledError:
            if limit.over and task.cancelling() <= limit.cancels + 1:
                raise _over() from None
            raise
        finally:
            del self._running[limit]
            if limit.over:
                task.uncancel()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for limit in self._running:
            if limit.until > now:
                break
            if not limit.over:
                limit.over = True
                limit.task.cancel()
        self._timer = loop.call_later(_LOOK_SECONDS, self._look, loop) if self._running else None


class _Limit:
    """One request's task, until when it may take, and how often it had been cancelled when it began."""

    __slots__ = ("cancels", "over", "task", "until")

    def __init__(self, task: asyncio.Task[Any], until: float):
        self.task, self.until, self.over, self.cancels = task, until, False, task.cancelling()


async def _within(seconds: float, work: Callable[[], Awaitable[Answered]]) -> Answered:
    """The result of the work. Raises 504 when the time is over."""
    try:
        async with asyncio.timeout(seconds) as limit:
            return await work()
    except TimeoutError:
        if not limit.expired():
            raise
        raise _over() from None


def _over() -> APIError:
    return timeout("Timeout: request did not complete within requested timeout - context deadline exceeded")
