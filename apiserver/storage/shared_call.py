"""One call on behalf of all who ask at about the same time, for answers that must not be older than the question.

A call that is already under way may have been answered before the asker's question came up, so it is of no use to
the asker; but everybody who asks while it runs can share the one after it. So there are never more than two: one
that runs and one that waits for it to end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedCall(Generic[T]):
    """Wraps `call` so that concurrent askers share it. What it raises, all who share it see."""

    def __init__(self, call: Callable[[], Awaitable[T]], *, name: str) -> None:
        self._call = call
        self._name = name
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._next is None:
            self._next = asyncio.create_task(self._run(self._running), name=self._name)
            self._next.add_done_callback(_look_at)
        return await asyncio.shield(self._next)

    async def _run(self, before: asyncio.Task[T] | None) -> T:
        if before is not None and not before.done():
            await asyncio.wait({before})
        self._running, self._next = self._next, None
        return await self._call()


def _look_at(task: asyncio.Task[T]) -> None:
    """Fetch the exception of a task whose askers may all have been cancelled; those who wait still get it."""
    if not task.cancelled():
        task.exception()
