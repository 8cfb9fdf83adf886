"""``python -m pybernetes.scheduler``: the scheduler as a process of its own."""

from __future__ import annotations

import argparse
import sys
from contextlib import AsyncExitStack

from pybernetes.client.https import connect
from pybernetes.component.flags import configure_logs
from pybernetes.component.process import run_component
from pybernetes.component.serving import serve_health
from pybernetes.scheduler.options import options_from, parse
from pybernetes.scheduler.scheduler import Scheduler, default_identity


async def serve(parsed: argparse.Namespace) -> None:
    """Schedule, and answer for health and metrics, until cancelled."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(connect(parsed.kubeconfig, user_agent="pybernetes-scheduler"))
        scheduler = Scheduler(client, options_from(parsed, default_identity()))

        async def synced() -> None:
            if not scheduler.ready.is_set():
                raise RuntimeError("informers have not synced yet")

        if parsed.secure_port:
            address = parsed.healthz_bind_address
            await stack.enter_async_context(serve_health(address, parsed.secure_port, ready={"informer-sync": synced}))
        await scheduler.run()


def main() -> int:
    parsed = parse()
    configure_logs(parsed)
    return run_component("scheduler", serve(parsed))


if __name__ == "__main__":
    sys.exit(main())
