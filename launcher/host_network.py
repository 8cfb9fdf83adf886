"""What a cluster puts into this machine's own network, and how it is taken away again.

    bridge pyb<slot> (10.89.<slot>.1) -- one veth a node -- eth0 of the node
    routes: services and pods by way of the first node, so that both can be reached from this machine
    iptables: one chain in nat (nodes reach the world under this machine's address), one in filter (forwarding, and
              what nodes send to this machine)

Everything is named by the cluster's slot and made only where it is missing, so doing it again after a crash mends
what lacks. Routes and veths go with the bridge.
"""

from __future__ import annotations

from pathlib import Path

from pybernetes.launcher.commands import run, succeeds
from pybernetes.launcher.plan import Node, Plan

_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
# Also where the machine's own policy is to drop: what nodes send to each other, to the world, and to the API server.
_JUMPS = (("nat", "POSTROUTING"), ("filter", "FORWARD"), ("filter", "INPUT"))
_TABLES = ("nat", "filter")


def set_up(plan: Plan) -> None:
    """Make bridge, routes and rules, where they are missing. Raises CommandError, OSError."""
    if not succeeds(["ip", "link", "show", plan.bridge]):
        run(["ip", "link", "add", plan.bridge, "type", "bridge"])
    run(["ip", "address", "replace", f"{plan.gateway}/24", "dev", plan.bridge])
    run(["ip", "link", "set", plan.bridge, "up"])
    if _FORWARDING.read_text().strip() != "1":
        _FORWARDING.write_text("1")
    for table in _TABLES:
        run(["iptables-restore", "-w", "--noflush"], rules(plan, table))
    for table, built_in in _JUMPS:
        if not succeeds(["iptables", "-w", "-t", table, "-C", built_in, "-j", plan.chain]):
            run(["iptables", "-w", "-t", table, "-I", built_in, "1", "-j", plan.chain])
    first = plan.node(1).address
    for cidr in (plan.service_cidr, plan.pod_cidr):
        run(["ip", "route", "replace", cidr, "via", first, "dev", plan.bridge, "src", plan.gateway])


def rules(plan: Plan, table: str) -> str:
    """Our chain of a table, for iptables-restore --noflush. Pure."""
    wanted = {
        "nat": [f"-s {plan.node_subnet} ! -o {plan.bridge} -j MASQUERADE"],
        "filter": [f"-i {plan.bridge} -j ACCEPT", f"-o {plan.bridge} -j ACCEPT"],
    }[table]
    lines = [f"*{table}", f":{plan.chain} - [0:0]", *(f"-A {plan.chain} {rule}" for rule in wanted), "COMMIT"]
    return "\n".join(lines) + "\n"


def connect(plan: Plan, node: Node, pid: int) -> None:
    """Give the network namespace of process `pid` an eth0 on the bridge. Raises CommandError."""
    run(["ip", "link", "delete", node.interface], check=False)
    add = ["ip", "link", "add", node.interface, "master", plan.bridge, "type", "veth"]
    run([*add, "peer", "name", "eth0", "netns", str(pid)])
    run(["ip", "link", "set", node.interface, "up"])


def take_down(plan: Plan) -> None:
    """Take everything away. Fine where some or all of it is gone. Raises CommandError for what will not go."""
    for node in plan.nodes:
        run(["ip", "link", "delete", node.interface], check=False)
    run(["ip", "link", "delete", plan.bridge], check=False)
    for table, built_in in _JUMPS:
        while succeeds(["iptables", "-w", "-t", table, "-D", built_in, "-j", plan.chain]):
            pass
    for table in _TABLES:
        tool = ["iptables", "-w", "-t", table]
        if succeeds([*tool, "-S", plan.chain]):
            run([*tool, "-F", plan.chain])
            run([*tool, "-X", plan.chain])
