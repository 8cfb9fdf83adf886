"""The process that is a cluster on this machine: ``python -m pybernetes.launcher.supervisor DATA_DIR``.

    cluster.json -> bridge and rules -> control plane, DNS, one init a node -> kept running until SIGTERM -> all undone

It holds nothing that matters: killed, it leaves the cluster running; started again, it takes the processes over that
processes.json names and are still there. What it starts and ends is written there at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from pybernetes.launcher import cgroup_removal, host_network
from pybernetes.launcher.commands import run, succeeds
from pybernetes.launcher.plan import DNS_PORT, Node, Plan, read_plan, write_json
from pybernetes.launcher.processes import Process, children, identify
from pybernetes.launcher.supervision import Program, Supervisor, listens, tell

UNSHARE = ("unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--mount-proc", "--kill-child=SIGKILL")
# unshare needs a millisecond; a machine that is short of everything, longer.
_NAMESPACE_SECONDS = 10.0
# A node ends its containers' processes at once, but the kernel has to take down all their mounts and networks.
_NODE_GRACE_SECONDS = 30.0
SUPERVISOR = "supervisor"


def processes_file(data_dir: Path) -> Path:
    return data_dir / "processes.json"


def read_processes(data_dir: Path) -> dict[str, Process]:
    """The processes of a cluster that were running when this was written, by name."""
    try:
        content = json.loads(processes_file(data_dir).read_text())
    except FileNotFoundError:
        return {}
    return {name: Process(**process) for name, process in content.items()}


def write_processes(data_dir: Path, processes: Mapping[str, Process]) -> None:
    write_json(
        processes_file(data_dir),
        {name: {"pid": process.pid, "start": process.start} for name, process in processes.items()},
    )


def programs(plan: Plan) -> list[Program]:
    """All that runs on this machine itself, in the order in which it is started."""
    python = [sys.executable, "-m"]
    found = _separate(plan) if plan.separate else [_program(plan, "control-plane", [*python, f"{_HERE}.control_plane"])]
    for node in plan.nodes:
        found.append(_node(plan, node))
    if plan.node_count:
        found.append(_images(plan))
        found.append(_dns(plan))
    return found


_HERE = "pybernetes.launcher"


def _program(plan: Plan, name: str, command: list[str]) -> Program:
    return Program(name, [*command, plan.data_dir], plan.logs / f"{name}.log")


def _separate(plan: Plan) -> list[Program]:
    """Each component of the control plane as a process of its own, as Kubernetes has them."""
    python = [sys.executable, "-m"]
    serve = [*python, "pybernetes.apiserver", "--data-dir", plan.data_dir, "--store", plan.store]
    serve += ["--etcd-prefix", plan.etcd_prefix]
    serve += ["--secure-port", str(plan.port), "--service-cluster-ip-range", plan.service_cidr]
    if plan.advertise_address:
        serve += ["--advertise-address", plan.advertise_address]
    control = [*python, "pybernetes.controllers", "--kubeconfig", str(plan.kubeconfig("controller-manager"))]
    control += ["--healthz-port", "0", "--no-leader-elect", "--cluster-cidr", plan.pod_cidr, "--allocate-node-cidrs"]
    control += ["--service-cluster-ip-range", plan.service_cidr, "--root-ca-file", str(plan.ca_file)]
    control += ["--cluster-signing-cert-file", str(plan.ca_file), "--cluster-signing-key-file", str(plan.ca_key_file)]
    control += ["--service-account-private-key-file", str(plan.service_account_key_file)]
    schedule = [*python, "pybernetes.scheduler", "--kubeconfig", str(plan.kubeconfig("scheduler"))]
    schedule += ["--secure-port", "0", "--no-leader-elect"]

    def issue() -> None:
        run([*python, f"{_HERE}.credentials", plan.data_dir])

    def served() -> bool:
        return listens("127.0.0.1", plan.port)

    return [
        Program("apiserver", serve, plan.logs / "apiserver.log", before_start=issue),
        Program("controllers", control, plan.logs / "controllers.log", wanted=served),
        Program("scheduler", schedule, plan.logs / "scheduler.log", wanted=served),
    ]


def _dns(plan: Plan) -> Program:
    command = [sys.executable, "-m", "pybernetes.dns", "--kubeconfig", str(plan.kubeconfig("dns"))]
    command += ["--name", plan.context, "--bind-address", plan.gateway, "--port", str(DNS_PORT)]
    command += ["--publish-address", plan.gateway, "--cluster-dns", plan.dns_address]
    command += ["--metrics-bind-address", f"{plan.gateway}:9153"]
    if Path("/etc/resolv.conf").exists():
        command += ["--resolv-conf", "/etc/resolv.conf"]

    def wanted() -> bool:
        return plan.kubeconfig("dns").exists() and listens("127.0.0.1", plan.port)

    return Program("dns", command, plan.logs / "dns.log", wanted=wanted)


def _images(plan: Plan) -> Program:
    command = [sys.executable, "-m", f"{_HERE}.node_images", plan.data_dir]

    def forget() -> None:
        plan.images_done.unlink(missing_ok=True)

    return Program("images", command, plan.logs / "images.log", once=True, before_start=forget)


def _node(plan: Plan, node: Node) -> Program:
    command = [*UNSHARE, sys.executable, "-m", f"{_HERE}.node_init", plan.data_dir, str(node.number)]

    def connect(pid: int) -> None:
        _wait_for_namespace(pid)
        host_network.connect(plan, node, pid)

    return Program(
        node.name,
        command,
        plan.logs / f"{node.name}.log",
        grace_seconds=_NODE_GRACE_SECONDS,
        after_start=connect,
        end=end_node,
    )


def _wait_for_namespace(pid: int) -> None:
    """Until `pid` has left our network namespace. Raises RuntimeError."""
    own = Path("/proc/self/ns/net").readlink()
    deadline = time.monotonic() + _NAMESPACE_SECONDS
    while time.monotonic() < deadline:
        if identify(pid) is None:
            raise RuntimeError("ended before it had namespaces of its own")
        if Path(f"/proc/{pid}/ns/net").readlink() != own:
            return
        time.sleep(0.002)
    raise RuntimeError("got no namespaces of its own")


def end_node(unshare: Process) -> None:
    """Tell a node's pid 1 to end; `unshare` ends with it, and all else in its namespaces."""
    for pid in children(unshare.pid):
        os.kill(pid, signal.SIGTERM)
        return
    unshare.signal(signal.SIGKILL)


def undo(plan: Plan) -> list[str]:
    """Take away what a cluster leaves on the machine once its processes have ended; what would not go."""
    left = []
    if plan.node_count:
        try:
            host_network.take_down(plan)
        except RuntimeError as error:
            left.append(str(error))
        left += [f"cgroup {path}" for path in cgroup_removal.remove(plan.cgroup)]
    processes_file(plan.directory).unlink(missing_ok=True)
    return left


def load_modules() -> None:
    """Kernel modules that nodes need, where they are modules; built in, there is nothing to load."""
    for module in ("overlay", "br_netfilter", "vxlan", "ip_tables", "nf_conntrack"):
        if not Path(f"/sys/module/{module}").exists() and Path("/sbin/modprobe").exists():
            succeeds(["/sbin/modprobe", "--quiet", module])


def main(data_dir: str) -> int:
    directory = Path(data_dir)
    plan = read_plan(directory)
    if plan is None:
        print(f"{data_dir} is no cluster's directory", file=sys.stderr)
        return 1
    own = identify(os.getpid())
    assert own is not None
    before = {name: process for name, process in read_processes(directory).items() if process.is_alive()}
    write_processes(directory, {**before, SUPERVISOR: own})
    supervisor = Supervisor(lambda running: write_processes(directory, {**running, SUPERVISOR: own}))
    if plan.node_count:
        load_modules()
        host_network.set_up(plan)
    for program in programs(plan):
        supervisor.add(program, before.get(program.name))
    supervisor.run()
    for line in undo(plan):
        tell(f"still there: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
