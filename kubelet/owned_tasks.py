"""Background tasks that come and go, owned by one scope that no exception leaves unseen.

A component runs its long-lived loops in a TaskGroup; what starts later and ends earlier (a pod's worker, a probe, a
watch) is spawned through the same group, so that a fault in any of them stops the component, which is then started
anew: containers run on meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol


class Spawn(Protocol):
    """Starts a named task that the owner outlives."""

    def __call__(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]: ...


def spawner(group: asyncio.TaskGroup) -> Spawn:
    """Spawn into a task group."""

    def spawn(work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        return group.create_task(work, name=name)

    return spawn


async def cancel_and_wait(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended; what they raise stays with their owner."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
