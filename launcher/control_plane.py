"""API server, controllers and scheduler in one process: ``python -m pybernetes.launcher.control_plane DATA_DIR``.

    open the server -> write everybody's credentials -> run: the server, and what talks to it in-process

The controllers' and the scheduler's modules are imported in a thread while the store opens and the caches load. One
that fails ends the process; the supervisor starts it anew, and nothing is lost, since all state is in the store.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from pybernetes.apiserver.opening import open_server
from pybernetes.apiserver.resources import component_statuses
from pybernetes.apiserver.server import APIServer
from pybernetes.component import logs
from pybernetes.component.process import run_component
from pybernetes.launcher.credentials import CONTROLLER_MANAGER, SCHEDULER, server_options, write_credentials
from pybernetes.launcher.inprocess import InProcessTransport, component_user
from pybernetes.launcher.plan import Plan, read_plan


def _controllers(server: APIServer, plan: Plan) -> Coroutine[Any, Any, None]:
    from pybernetes.client.client import Client
    from pybernetes.controllers import manager
    from pybernetes.controllers.options import Options

    client = Client(InProcessTransport(server.handler, component_user(CONTROLLER_MANAGER)), user_agent="controllers")
    options = Options(
        cluster_cidr=plan.pod_cidr,
        service_cluster_ip_range=plan.service_cidr,
        allocate_node_cidrs=True,
        root_ca=server.pki.ca.certificate_pem.decode(),
        cluster_signing_cert_file=str(plan.ca_file),
        cluster_signing_key_file=str(plan.ca_key_file),
        service_account_private_key_file=str(plan.service_account_key_file),
    )
    return manager.run(client, options)


def _scheduler(server: APIServer) -> Coroutine[Any, Any, None]:
    from pybernetes.client.client import Client
    from pybernetes.scheduler.options import Options
    from pybernetes.scheduler.scheduler import Scheduler

    client = Client(InProcessTransport(server.handler, component_user(SCHEDULER)), user_agent="scheduler")
    return Scheduler(client, Options()).run()


def _answer_for_components(server: APIServer) -> None:
    """They live and end with this process, so that they are well whenever it can answer."""

    async def well() -> None:
        """Answering at all is the check."""

    server.state.extensions[component_statuses.EXTENSION] |= dict.fromkeys(
        (component_statuses.CONTROLLER_MANAGER, component_statuses.SCHEDULER), well
    )


def _import_components() -> None:
    import pybernetes.controllers.manager
    import pybernetes.scheduler.scheduler  # noqa: F401


async def run(plan: Plan) -> None:
    """Run the control plane until cancelled. Raises what ends it: OSError for a port that is taken, for one."""
    imports = asyncio.create_task(asyncio.to_thread(_import_components), name="import components")
    server = await open_server(server_options(plan))
    try:
        write_credentials(plan, server.pki.ca)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.run(), name="API server")
            await imports
            await server.wait_ready()
            _answer_for_components(server)
            group.create_task(_controllers(server, plan), name="controllers")
            group.create_task(_scheduler(server), name="scheduler")
    finally:
        await server.close()


def main(data_dir: str) -> int:
    logs.configure()
    plan = read_plan(Path(data_dir))
    if plan is None:
        print(f"{data_dir} is no cluster's directory", file=sys.stderr)
        return 1
    return run_component("control plane", run(plan))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
