"""Pod network and service proxy of a node in one process: ``python -m pybernetes.launcher.node_network DIR NUMBER``.

Both follow Nodes and Services with the proxy's identity and hold little; together they need one interpreter.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pybernetes.client.https import connect
from pybernetes.component import logs
from pybernetes.component.process import run_component
from pybernetes.launcher.plan import Node, Plan, read_plan
from pybernetes.network import agent as network
from pybernetes.proxy import agent as proxy
from pybernetes.proxy.options import ProxyOptions


async def run(plan: Plan, node: Node) -> None:
    """Be both until cancelled; one that fails ends both."""
    settings = network.Settings((plan.pod_cidr,), node.cni_directory, str(node.directory / "cni" / "ipam"))
    options = ProxyOptions(node_name=node.name, cluster_cidr=plan.pod_cidr)
    async with connect(node.proxy_kubeconfig, user_agent="pybernetes-proxy") as client, asyncio.TaskGroup() as group:
        group.create_task(network.run(client, node.name, settings), name="pod network")
        group.create_task(proxy.run(client, options), name="proxy")


def main(data_dir: str, number: str) -> int:
    logs.configure()
    plan = read_plan(Path(data_dir))
    if plan is None:
        print(f"{data_dir} is no cluster's directory", file=sys.stderr)
        return 1
    return run_component("network", run(plan, plan.node(int(number))))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
