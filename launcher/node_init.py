"""A node's first process, pid 1 of its namespaces: ``python -m pybernetes.launcher.node_init DATA_DIR NUMBER``.

    mounts, host name, network -> containerd, kubelet, network agent with proxy -> kept running until SIGTERM

The supervisor has made the namespaces and gives us eth0; all else of the node is made here. Everything that the node
ever starts is below us, containers too: when we end, the kernel ends all of it and takes mounts and interfaces away.
That is what makes taking a node down sure. Orphans come to us to be reaped.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
import time
from pathlib import Path

from pybernetes.launcher.commands import CommandError, run
from pybernetes.launcher.containerd_config import Settings, command_line, config_toml, oom_score_limited
from pybernetes.launcher.plan import Node, Plan, read_plan
from pybernetes.launcher.stray_shims import end_strays
from pybernetes.launcher.supervision import Program, Supervisor, listens, tell

# The supervisor connects us some milliseconds after it has started us.
_ETH0_SECONDS = 20.0
_SYSTEMD_RESOLV_CONF = Path("/run/systemd/resolve/resolv.conf")
# Where shims have their sockets and runc its state, and where CNI remembers what it did.
_OWN_DIRECTORIES = (Path("/run/containerd"), Path("/var/lib/cni"))
_SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/bridge/bridge-nf-call-iptables": "1",
    "net/netfilter/nf_conntrack_tcp_be_liberal": "1",
}


def set_up_mounts(node: Node) -> None:
    """Mounts that propagate to containers, directories that tools share by default as the node's own, and a resolver
    configuration that names servers we can reach.
    """
    for forgotten in (node.directory / "own" / "containerd", node.containerd_directory / "state"):
        if forgotten.exists():  # what was running in an earlier life is not any more, as after a reboot
            shutil.rmtree(forgotten)
    run(["mount", "--make-rshared", "/"])
    for shared in _OWN_DIRECTORIES:
        own = node.directory / "own" / shared.name
        for directory in (shared, own):
            directory.mkdir(parents=True, exist_ok=True)
        run(["mount", "--bind", str(own), str(shared)])
    resolvers = Path("/etc/resolv.conf")
    if resolvers.exists():
        resolv_conf = node.directory / "resolv.conf"
        resolv_conf.write_text(_reachable_resolvers(resolvers))
        run(["mount", "--bind", str(resolv_conf), str(resolvers.resolve())])


def _reachable_resolvers(resolvers: Path) -> str:
    """The machine's resolv.conf, with what stands behind a resolver on its loopback instead of that."""
    text = resolvers.read_text()
    if without_loopback(text) != text and _SYSTEMD_RESOLV_CONF.exists():
        text = _SYSTEMD_RESOLV_CONF.read_text()
    return without_loopback(text)


def without_loopback(text: str) -> str:
    """A resolv.conf without the name servers that only its own machine reaches. Pure."""
    return "".join(line for line in text.splitlines(keepends=True) if not _is_loopback_server(line))


def _is_loopback_server(line: str) -> bool:
    words = line.split()
    if len(words) < 2 or words[0] != "nameserver":
        return False
    try:
        return ipaddress.ip_address(words[1].partition("%")[0]).is_loopback
    except ValueError:
        return False


def set_up_network(plan: Plan, node: Node) -> None:
    """Wait for eth0 and configure it. Raises RuntimeError if it does not come, CommandError."""
    deadline = time.monotonic() + _ETH0_SECONDS
    while "eth0" not in (name for _, name in socket.if_nameindex()):
        if time.monotonic() > deadline:
            raise RuntimeError("got no network interface")
        time.sleep(0.002)
    lines = [
        "link set lo up",
        f"address add {node.address}/24 dev eth0",
        "link set eth0 up",
        f"route add default via {plan.gateway}",
    ]
    run(["ip", "-batch", "-"], "\n".join(lines))
    for name, value in _SYSCTLS.items():
        path = Path("/proc/sys") / name
        try:
            path.write_text(value)
        except OSError as error:
            tell(f"{path}: {error.strerror}")


def programs(plan: Plan, node: Node) -> list[Program]:
    """What runs on a node."""
    settings = Settings(node.containerd_directory, node.cni_directory, oom_score_limited=oom_score_limited())
    for directory in (settings.directory, settings.cni_conf_dir, settings.registry_config_dir, node.logs):
        directory.mkdir(parents=True, exist_ok=True)
    settings.config_file.write_text(config_toml(settings))

    def served() -> bool:
        return node.kubeconfig.exists() and listens(plan.gateway, plan.port)

    return [
        Program("containerd", command_line(settings), node.logs / "containerd.log"),
        Program("kubelet", kubelet_command(plan, node, settings), node.logs / "kubelet.log", wanted=served),
        Program("network", network_command(plan, node), node.logs / "network.log", wanted=served),
    ]


def kubelet_command(plan: Plan, node: Node, settings: Settings) -> list[str]:
    """The node's kubelet, as a component of its own."""
    return [
        *(sys.executable, "-m", "pybernetes.kubelet"),
        *("--kubeconfig", str(node.kubeconfig)),
        *("--hostname-override", node.name),
        *("--node-ip", node.address),
        *("--container-runtime-endpoint", f"unix://{settings.socket}"),
        *("--root-dir", str(node.directory / "kubelet")),
        *("--log-dir", str(node.directory / "pod-logs")),
        *("--cluster-dns", plan.dns_address),
        *("--cgroup-root", node.cgroup),
        *("--tls-cert-file", str(node.serving_certificate)),
        *("--tls-private-key-file", str(node.serving_key)),
        *("--client-ca-file", str(plan.ca_file)),
    ]


def network_command(plan: Plan, node: Node) -> list[str]:
    """The pod network's agent and the proxy, in one process."""
    return [sys.executable, "-m", "pybernetes.launcher.node_network", plan.data_dir, str(node.number)]


def main(data_dir: str, number: str) -> int:
    plan = read_plan(Path(data_dir))
    if plan is None:
        print(f"{data_dir} is no cluster's directory", file=sys.stderr)
        return 1
    node = plan.node(int(number))
    node.directory.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(chore=lambda: end_strays(os.getpid(), node.containerd_directory / "root"))
    try:
        socket.sethostname(node.name)
        set_up_mounts(node)
        set_up_network(plan, node)
    except (CommandError, RuntimeError, OSError) as error:
        tell(f"{node.name}: {error}")
        return 1
    for program in programs(plan, node):
        supervisor.add(program)
    supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
