"""What one cluster on this machine consists of: every address, name and path, computed from a few choices.

    name, slot, directories, port, number of nodes -> `Plan` -> <data_dir>/cluster.json -> supervisor, nodes

Several clusters live side by side because everything that machines share is numbered by the cluster's slot: the
bridge `pyb<slot>`, its subnet 10.89.<slot>.0/24, the services' 10.<96+slot>.0.0/16 and the pods' 10.<244-slot>.0.0/16.
Slot 0 therefore has the ranges that everybody expects of a Kubernetes cluster. Everything else lives below the data
directory. Imports stay few: the supervisor and each node's init hold nothing else in memory.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

DEFAULT_NAME = "pybernetes"
DEFAULT_PORT = 6443
# Slots s use 10.(96+s).0.0/16 and 10.(244-s).0.0/16, which must not meet.
SLOTS = 16
# Host numbers of the bridge's subnet: 1 is the machine, nodes follow from 11 on.
FIRST_NODE_HOST = 11
MAX_NODES = 200
DNS_PORT = 10053
# Cluster names become host-wide names: cgroups, contexts.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a cluster: a machine of its own in namespaces."""

    number: int
    name: str
    address: str
    interface: str
    directory: Path
    cgroup: str

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "kubelet.conf"

    @property
    def proxy_kubeconfig(self) -> Path:
        return self.directory / "proxy.conf"

    @property
    def serving_certificate(self) -> Path:
        return self.directory / "pki" / "kubelet.crt"

    @property
    def serving_key(self) -> Path:
        return self.directory / "pki" / "kubelet.key"

    @property
    def containerd_directory(self) -> Path:
        return self.directory / "containerd"

    @property
    def cni_directory(self) -> Path:
        return self.directory / "cni" / "net.d"

    @property
    def logs(self) -> Path:
        return self.directory / "log"


@dataclass(frozen=True, slots=True)
class Plan:
    """A cluster. `node_count` 0: the control plane alone. `kubeconfig_out` is the user's file that
    has a context for it. `separate`: each component is a process of its own.
    """

    name: str
    slot: int
    data_dir: str
    cache_dir: str
    port: int
    node_count: int
    kubeconfig_out: str
    store: str = "sqlite"
    separate: bool = False

    @property
    def directory(self) -> Path:
        return Path(self.data_dir)

    @property
    def context(self) -> str:
        """What the cluster is called in a kubeconfig."""
        return context_name(self.name)

    @property
    def etcd_prefix(self) -> str:
        """Where in an etcd the cluster's keys are: several clusters may share one."""
        return f"/pybernetes/{self.name}"

    @property
    def bridge(self) -> str:
        return f"pyb{self.slot}"

    @property
    def chain(self) -> str:
        """The iptables chains of the cluster on this machine, in nat and in filter."""
        return f"PYB-HOST-{self.slot}"

    @property
    def gateway(self) -> str:
        """This machine, as the nodes see it."""
        return f"10.89.{self.slot}.1"

    @property
    def node_subnet(self) -> str:
        return f"10.89.{self.slot}.0/24"

    @property
    def service_cidr(self) -> str:
        return f"10.{96 + self.slot}.0.0/16"

    @property
    def pod_cidr(self) -> str:
        return f"10.{244 - self.slot}.0.0/16"

    @property
    def dns_address(self) -> str:
        return f"10.{96 + self.slot}.0.10"

    @property
    def cgroup(self) -> str:
        return f"/pybernetes-{self.name}"

    @property
    def advertise_address(self) -> str:
        """Where nodes and pods find the API server; "" (the machine's own address) without nodes."""
        return self.gateway if self.node_count else ""

    @property
    def server(self) -> str:
        """The API server's URL on this machine."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def server_for_nodes(self) -> str:
        return f"https://{self.gateway}:{self.port}"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def images_done(self) -> Path:
        """A file that is there once all nodes have all images."""
        return self.directory / "images-done"

    @property
    def ca_file(self) -> Path:
        return self.directory / "pki" / "ca.crt"

    @property
    def ca_key_file(self) -> Path:
        return self.directory / "pki" / "ca.key"

    @property
    def service_account_key_file(self) -> Path:
        return self.directory / "pki" / "sa.key"

    def kubeconfig(self, component: str) -> Path:
        """The kubeconfig of a component on this machine: admin, controller-manager, scheduler, dns."""
        return self.directory / "kubeconfigs" / f"{component}.conf"

    @property
    def nodes(self) -> list[Node]:
        return [self.node(number) for number in range(1, self.node_count + 1)]

    def node(self, number: int) -> Node:
        name = f"node-{number}"
        return Node(
            number=number,
            name=name,
            address=f"10.89.{self.slot}.{FIRST_NODE_HOST + number - 1}",
            interface=f"pyb{self.slot}n{number}",
            directory=self.directory / "nodes" / name,
            cgroup=f"{self.cgroup}/{name}",
        )


def context_name(name: str) -> str:
    return DEFAULT_NAME if name == DEFAULT_NAME else f"{DEFAULT_NAME}-{name}"


def check_name(name: str) -> str:
    """The name, if a cluster can be called so. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a cluster: lower-case letters, digits and dashes, at most 32")
    return name


def plan_file(data_dir: Path) -> Path:
    return data_dir / "cluster.json"


def write_plan(plan: Plan) -> None:
    """Write `plan` where its processes find it, whole or not at all."""
    plan.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(plan_file(plan.directory), asdict(plan))


def read_plan(data_dir: Path) -> Plan | None:
    """The cluster whose data directory this is; None if there is none. Raises ValueError for a broken file."""
    try:
        text = plan_file(data_dir).read_text()
    except FileNotFoundError:
        return None
    try:
        return Plan(**json.loads(text))
    except TypeError as error:
        raise ValueError(f"{plan_file(data_dir)} is of another version of Pybernetes: {error}") from error


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file by renaming it into place, readable by the owner alone."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(value, indent=1))
    temporary.replace(path)
