"""``kill -9`` of each part of a cluster under load: nothing acknowledged is lost, no container notices."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from functools import partial

import dnslib
import pytest

from tests.e2e.faults import Scene, deployment, faulty_cluster, kill, scene
from tests.e2e.launched import PYCTL, SUPERVISOR, Cluster, require, run_to_end, until
from tests.e2e.load import Remote

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]
RUNTIME = ("containerd", "runc", "iptables", "conntrack", "ip", "unshare", "nsenter")


@pytest.fixture(scope="module", params=["separate", "one-process"])
def faulty(request: pytest.FixtureRequest) -> Iterator[tuple[Cluster, Remote]]:
    """A cluster of one node, its control plane in either form."""
    require(*RUNTIME)
    with faulty_cluster(*(["--separate"] if request.param == "separate" else [])) as found:
        yield found


@pytest.fixture
def under_load(faulty: tuple[Cluster, Remote]) -> Iterator[Scene]:
    with scene(*faulty) as made:
        yield made


ONE_PROCESS = pytest.mark.parametrize("faulty", ["one-process"], indirect=True)
SEPARATE = pytest.mark.parametrize("faulty", ["separate"], indirect=True)


@SEPARATE
@pytest.mark.parametrize("component", ["apiserver", "controllers", "scheduler"])
def test_a_part_of_the_control_plane(under_load: Scene, component: str) -> None:
    kill(component, under_load.cluster.processes)
    under_load.load.goes_on()
    under_load.settle()


@ONE_PROCESS
def test_the_whole_control_plane(under_load: Scene) -> None:
    kill("control-plane", under_load.cluster.processes)
    under_load.load.goes_on()
    under_load.settle()


@SEPARATE
@pytest.mark.parametrize("component", ["pybernetes.kubelet", "node_network"])
def test_a_node_s_agent(under_load: Scene, component: str) -> None:
    kill(component, lambda: under_load.cluster.node_processes(1))
    under_load.load.goes_on()
    under_load.settle()


@ONE_PROCESS
def test_dns(under_load: Scene) -> None:
    cluster = under_load.cluster
    until("DNS answers", lambda: resolved(cluster))
    kill("dns", cluster.processes)
    until("DNS answers again", lambda: resolved(cluster))
    under_load.load.goes_on(changes=0)
    under_load.settle()


@ONE_PROCESS
def test_the_supervisor(under_load: Scene) -> None:
    """All else runs on without it, and ``pyctl up`` takes it over; what dies then is started again."""
    cluster = under_load.cluster
    family = cluster.processes()
    kill(SUPERVISOR, cluster.processes, comes_back=False)
    under_load.load.goes_on()
    run_to_end([*PYCTL, "up", "--name", cluster.plan.name, "--kubeconfig", str(cluster.kubeconfig)])
    again = cluster.processes()
    assert again.pop(SUPERVISOR) != family.pop(SUPERVISOR)
    assert {name: again.get(name) for name in family} == family
    kill("control-plane", cluster.processes)
    under_load.load.goes_on()
    under_load.settle()


@ONE_PROCESS
def test_containerd(under_load: Scene) -> None:
    """Containers live on in their shims; a new containerd finds them."""
    cluster = under_load.cluster
    kill("containerd", lambda: cluster.node_processes(1))
    under_load.load.goes_on()
    until("the node is ready", lambda: node_is_ready(under_load))
    under_load.settle()


@ONE_PROCESS
def test_everything_on_the_node_at_once(under_load: Scene) -> None:
    """Agents and runtime die together; the containers live on."""
    for name in ("node_network", "pybernetes.kubelet", "containerd"):
        kill(name, lambda: under_load.cluster.node_processes(1), comes_back=False)
    under_load.load.goes_on()
    until("the node is ready", lambda: node_is_ready(under_load))
    under_load.settle()


BURST = 20


@SEPARATE
@pytest.mark.parametrize(
    ("components", "on_the_node"),
    [
        (["controllers", "scheduler"], False),
        (["pybernetes.kubelet", "node_network"], True),
        (["containerd"], True),
    ],
    ids=["control plane", "agents", "containerd"],
)
def test_amid_a_burst_of_pods(under_load: Scene, components: list[str], on_the_node: bool) -> None:
    """Killed three times while twenty pods are made, removed and made again."""
    cluster, namespace = under_load.cluster, under_load.namespace
    cluster.apply(deployment("burst", 0), namespace=namespace)
    processes = partial(cluster.node_processes, 1) if on_the_node else cluster.processes
    for replicas in (BURST, 0, BURST):
        before = burst_pods(under_load)
        patch = {"spec": {"replicas": replicas}}
        under_load.remote.patch("deployments.apps", "burst", patch, namespace)
        until("the burst has begun", lambda before=before: burst_pods(under_load) != before)
        for component in components:
            kill(component, processes)
        under_load.load.goes_on(writes=50, changes=0)
    under_load.until_converged("burst", BURST, "0")
    under_load.settle()


@ONE_PROCESS
def test_the_control_plane_again_and_again(under_load: Scene) -> None:
    """Killed as soon as it has answered again, at whatever it was just doing."""
    for moment in (0.0, 0.3, 0.7):
        time.sleep(moment)  # a fault's own time, not a wait for something
        kill("control-plane", under_load.cluster.processes)
        under_load.load.goes_on(writes=10, changes=0)
    under_load.load.goes_on()
    under_load.settle()


@ONE_PROCESS
def test_the_whole_node(under_load: Scene) -> None:
    """As when its power fails: its containers are gone, and are started again when it is back."""
    node = under_load.cluster.plan.node(1).name
    kill(node, under_load.cluster.processes)
    until("its pods run again", lambda: under_load.were_restarted())
    under_load.load.goes_on()
    until("the node is ready", lambda: node_is_ready(under_load))
    under_load.settle(pods_stay=False, service_stays=False)


@ONE_PROCESS
def test_the_whole_machine(under_load: Scene) -> None:
    """As when its power fails: nothing of the cluster runs any more, and ``pyctl up`` brings all of it back."""
    cluster = under_load.cluster
    for process in sorted(cluster.family(), key=lambda each: each.start):
        process.signal(signal.SIGKILL)
    run_to_end([*PYCTL, "up", "--name", cluster.plan.name, "--kubeconfig", str(cluster.kubeconfig)], seconds=120.0)
    until("its pods run again", lambda: under_load.were_restarted())
    under_load.load.goes_on()
    under_load.settle(pods_stay=False, service_stays=False)


def node_is_ready(of: Scene) -> bool:
    conditions = of.remote.get("nodes", "node-1")["status"]["conditions"]
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def resolved(cluster: Cluster) -> bool:
    """Whether the cluster's DNS, at its service address, knows the API server's service."""
    question = dnslib.DNSRecord.question("kubernetes.default.svc.cluster.local")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(1.0)
        try:
            asking.sendto(question.pack(), (cluster.plan.dns_address, 53))
            answer = dnslib.DNSRecord.parse(asking.recv(4096))
        except OSError:
            return False
    return any(str(each.rdata).startswith("10.") for each in answer.rr)


def burst_pods(of: Scene) -> set[str]:
    """The burst's pods, those on their way out apart."""
    pods = of.remote.list("pods", of.namespace, label_selector="app=burst")
    return {f"{each['metadata']['name']} {'deletionTimestamp' in each['metadata']}" for each in pods}
