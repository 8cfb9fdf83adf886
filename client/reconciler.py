"""A level-triggered loop: take a key, look at desired and actual state, take one step, say when to look again.

A controller is a `reconcile(key)` that may be called at any time, for any key, any number of times, and must give
the right result also when events were lost, doubled or late. What it returns is when to look again (seconds) or
None. An exception is logged with the key and the key comes back with back-off; a conflict is only a stale cache
and is not worth a line of its own. Counterpart: the worker loop of every Kubernetes controller.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pybernetes.api.errors import APIError, is_conflict
from pybernetes.client.transport import TransportError
from pybernetes.client.workqueue import ShutDown, WorkQueue

log = logging.getLogger(__name__)

Reconcile = Callable[[str], Awaitable[float | None]]


async def run_workers(name: str, queue: WorkQueue[str], reconcile: Reconcile, *, workers: int = 4) -> None:
    """Work on the queue's keys until cancelled or until the queue is shut down and empty."""
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(workers):
                group.create_task(_work(name, queue, reconcile), name=f"{name} worker {number}")
    finally:
        queue.shut_down()


async def _work(name: str, queue: WorkQueue[str], reconcile: Reconcile) -> None:
    while True:
        try:
            key = await queue.get()
        except ShutDown:
            return
        try:
            again = await reconcile(key)
        except (APIError, TransportError) as error:
            if not is_conflict(error):
                log.warning("reconcile failed", extra={"controller": name, "key": key, "error": str(error)})
            queue.add_rate_limited(key)
        except Exception:
            log.exception("reconcile failed", extra={"controller": name, "key": key})
            queue.add_rate_limited(key)
        else:
            queue.forget(key)
            if again is not None:
                queue.add_after(key, again)
        finally:
            queue.done(key)
