"""Running a component as a process: until it ends, fails, or is told to stop.

SIGTERM and SIGINT cancel the component's main task, which then has the usual time to put things in order. Any
other end is an error: the exception is logged and the exit code is 1, and whoever supervises starts it again.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Coroutine
from typing import Any

import prometheus_client
import uvloop

log = logging.getLogger(__name__)


def run_component(name: str, main: Coroutine[Any, Any, None]) -> int:
    """Run `main` to its end on uvloop. Returns the exit code: 0 when it was told to stop, 1 when it failed."""
    # Series of their own for each counter, which Kubernetes does not have.
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    gc.set_threshold(50_000, 50, 100)  # long-lived caches make young collections useless and full ones dear
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_until_stopped(name, main))


async def _until_stopped(name: str, main: Coroutine[Any, Any, None]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(main, name=name)
    stopped = False

    def stop(number: int) -> None:
        nonlocal stopped
        stopped = True
        log.info("stopping", extra={"component": name, "signal": signal.Signals(number).name})
        task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    try:
        await task
    except asyncio.CancelledError:
        if not stopped:
            raise
    except BaseException:
        log.exception("component failed", extra={"component": name})
        return 1
    return 0
