"""`pyctl up` and `pyctl down`: quick, idempotent, side by side, and nothing is left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import cluster_name
from tests.e2e.launched import (
    MANIFESTS,
    PYCTL,
    ROOT,
    SUPERVISOR,
    Cluster,
    free_port,
    launched,
    left_of,
    require,
    run_to_end,
    running_etcd,
    served_by,
    until,
)

# The aims are 1.5 s and 150 MiB; a machine that does other things at the same time gets three times the time.
MEMORY_MIB = 150


def memory_mib(cluster: Cluster) -> float:
    """What all processes of a cluster hold; memory that several share counts once (proportional set size)."""
    total = 0
    for process in cluster.family():
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1])  # type: ignore[index]
    return total / 1024


def test_a_control_plane_alone_is_small_and_leaves_nothing() -> None:
    with launched(cluster_name(), "--control-plane-only", "--port", str(free_port())) as cluster:
        again = run_to_end([*PYCTL, "up", "--name", cluster.plan.name])
        assert "running already" in again
        assert [each["metadata"]["name"] for each in cluster.items("namespaces")] == [
            "default",
            "kube-node-lease",
            "kube-public",
            "kube-system",
        ]
        used = memory_mib(cluster)
        print(f"{used:.0f} MiB")
        assert used < MEMORY_MIB
        family = cluster.family()
        assert len(family) == 2
        cluster.down()
        assert left_of(cluster.plan) == []
        assert not [process for process in family if process.is_alive()]
        assert cluster.plan.context not in cluster.kubeconfig.read_text()


def test_two_clusters_share_an_etcd_and_nothing_in_it() -> None:
    with running_etcd() as url:
        flags = ("--control-plane-only", "--store", f"etcd={url}")
        with (
            launched(cluster_name(), *flags, "--port", str(free_port())) as one,
            launched(cluster_name(), *flags, "--port", str(free_port())) as other,
        ):
            one.pyctl("create", "configmap", "mine")
            assert one.get("configmap", "mine")["metadata"]["name"] == "mine"
            names = [each["metadata"]["name"] for each in other.items("configmaps")]
            assert "mine" not in names
            one.pyctl("delete", "configmap", "--all")
            assert [each["metadata"]["name"] for each in other.items("configmaps")] == names


def test_a_node_leaves_nothing_behind() -> None:
    require("containerd", "runc")
    with launched(cluster_name()) as cluster:
        cluster.pyctl("apply", "-f", str(MANIFESTS / "nginx-rc.yaml"))
        cluster.until_ready("app=nginx", 2)
        family = cluster.family()
        assert len(family) > 10, "supervisor, control plane, DNS, node with its agents, shims, pause and nginx"
        assert left_of(cluster.plan) != []
        cluster.down()
        assert left_of(cluster.plan) == []
        assert not [process for process in family if process.is_alive()]
        assert not (cluster.plan.directory / "nodes").exists()


# A user without any privilege, whatever the interpreter's files allow to others.
AS_A_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def test_a_control_plane_needs_no_root(tmp_path: Path) -> None:
    name, home = cluster_name(), {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": "", "XDG_DATA_HOME": "", "KUBECONFIG": ""}
    flags = ["--name", name, "--port", str(free_port())]
    refused = run_to_end([*AS_A_USER, *PYCTL, "up", *flags], env=home, check=False)
    assert "nodes need root" in refused
    assert "--control-plane-only" in refused
    try:
        run_to_end([*AS_A_USER, *PYCTL, "up", "--control-plane-only", *flags], env=home)
        assert (tmp_path / ".local" / "share" / "pybernetes" / name / "state.db").exists()
        assert "default" in run_to_end([*AS_A_USER, *PYCTL, "get", "namespaces"], env=home)
    finally:
        said = run_to_end([*AS_A_USER, *PYCTL, "down", "--name", name, "--delete-data"], env=home)
    assert "is down" in said
    assert not (tmp_path / ".local" / "share" / "pybernetes" / name).exists()


def test_what_was_stored_is_there_after_down_and_up() -> None:
    with launched(cluster_name(), "--control-plane-only", "--port", str(free_port())) as cluster:
        kept = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}, "data": {"a": "b"}}
        cluster.apply(kept)
        cluster.down()
        flags = ["--name", cluster.plan.name, "--data-dir", cluster.plan.data_dir, "--control-plane-only"]
        run_to_end([*PYCTL, "up", *flags, "--kubeconfig", str(cluster.kubeconfig)])
        assert cluster.get("configmap", "kept")["data"] == {"a": "b"}


def test_a_node_goes_even_when_its_supervisor_was_killed() -> None:
    with launched(cluster_name()) as cluster:
        family = cluster.family()
        os.kill(cluster.processes()[SUPERVISOR].pid, signal.SIGKILL)
        cluster.down()
        assert left_of(cluster.plan) == []
        assert not [process for process in family if process.is_alive()]


def test_up_takes_over_what_a_killed_supervisor_left_running() -> None:
    with launched(cluster_name()) as cluster:
        before = cluster.processes()
        supervisor = before.pop(SUPERVISOR)
        os.kill(supervisor.pid, signal.SIGKILL)
        assert supervisor.wait_gone(5.0)
        run_to_end([*PYCTL, "up", "--name", cluster.plan.name, "--kubeconfig", str(cluster.kubeconfig)])
        after = cluster.processes()
        assert after.pop(SUPERVISOR) != supervisor
        for name in ("control-plane", "node-1", "dns"):
            assert after[name] == before[name]
        os.kill(after["control-plane"].pid, signal.SIGKILL)
        until(
            "control plane is back",
            lambda: cluster.processes().get("control-plane", after["control-plane"]) != after["control-plane"],
        )
        until("API answers", lambda: "node-1" in cluster.pyctl("get", "nodes", check=False))


def test_up_starts_a_cluster_again_of_which_nothing_lives() -> None:
    with launched(cluster_name()) as cluster:
        cluster.pyctl("apply", "-f", str(MANIFESTS / "nginx-rc.yaml"))
        pods = cluster.until_ready("app=nginx", 2)
        killed = cluster.family()
        for process in killed:
            process.signal(signal.SIGKILL)
        assert all(process.wait_gone(10.0) for process in killed)
        run_to_end([*PYCTL, "up", "--name", cluster.plan.name, "--kubeconfig", str(cluster.kubeconfig)])
        assert cluster.until_ready("app=nginx", 2) == pods
        url = f"http://{cluster.plan.node(1).address}:30080/"
        until("both serve again", lambda: served_by(url) == pods)


@pytest.mark.parametrize("separate", [False, True])
def test_every_process_that_dies_comes_back(separate: bool) -> None:
    with launched(cluster_name(), *(["--separate"] if separate else [])) as cluster:
        cluster.pyctl("apply", "-f", str(MANIFESTS / "nginx-rc.yaml"))
        cluster.until_ready("app=nginx", 2)
        pods = {each["metadata"]["name"] for each in cluster.items("pods")}
        url = f"http://{cluster.plan.node(1).address}:30080/"
        until("both serve", lambda: served_by(url) == pods)
        names = ["apiserver", "controllers", "scheduler", "dns"] if separate else ["control-plane", "dns"]
        for name in names:
            before = cluster.processes()[name]
            os.kill(before.pid, signal.SIGKILL)
            until(f"{name} is back", lambda name=name, before=before: cluster.processes().get(name, before) != before)
            assert served_by(url) == pods, f"after the end of {name}"
        for word in ("pybernetes.kubelet", "node_network", "containerd"):
            before = cluster.node_processes(1)[word]
            os.kill(before.pid, signal.SIGKILL)
            until(f"{word} is back", lambda w=word, b=before: cluster.node_processes(1).get(w, b) != b)
            assert served_by(url) == pods, f"after the end of {word}"
        until("the API answers", lambda: "node-1" in cluster.pyctl("get", "nodes", check=False))
        assert {each["metadata"]["name"] for each in cluster.items("pods")} == pods
        assert all(each["status"]["containerStatuses"][0]["restartCount"] == 0 for each in cluster.items("pods"))
        cluster.pyctl("delete", "pod", sorted(pods)[0], "--wait=false")
        until("both serve again", lambda: len(served_by(url) - {"nobody"}) == 2)


def test_two_clusters_side_by_side() -> None:
    with launched(cluster_name()) as one, launched(cluster_name()) as two:
        assert one.plan.port != two.plan.port
        for cluster in (one, two):
            cluster.pyctl("apply", "-f", str(MANIFESTS / "nginx-rc.yaml"))
        for cluster in (one, two):
            cluster.until_ready("app=nginx", 2)
            pods = {each["metadata"]["name"] for each in cluster.items("pods")}
            url = f"http://{cluster.plan.node(1).address}:30080/"
            until("its own pods serve", lambda url=url, pods=pods: served_by(url) == pods)
        one.down()
        assert left_of(one.plan) == []
        assert served_by(f"http://{two.plan.node(1).address}:30080/") == {
            p["metadata"]["name"] for p in two.items("pods")
        }


def test_the_demonstration_shows_both_pods_taking_turns() -> None:
    name = cluster_name()
    with launched(name) as cluster:
        said = run_to_end([str(ROOT / "hack" / "up"), "--name", name], env={"KUBECONFIG": str(cluster.kubeconfig)})
        pods = cluster.until_ready("app=nginx", 2)
        answers = re.findall(r"^GET (http://\S+)  200 from (\S+)$", said, re.MULTILINE)
        assert {pod for _, pod in answers} == pods
        assert len({url for url, _ in answers}) == 2


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with launched(cluster_name(), "--control-plane-only", "--port", str(free_port())) as cluster:
        flags = [
            "--name",
            cluster_name(),
            "--data-dir",
            str(tmp_path / "data"),
            "--kubeconfig",
            str(tmp_path / "config"),
        ]
        command = [*PYCTL, "up", "--control-plane-only", "--port", str(cluster.plan.port), *flags]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 1
        assert f"port {cluster.plan.port} is taken" in done.stderr


def test_in_the_foreground_it_goes_with_its_terminal(tmp_path: Path) -> None:
    name, data_dir = cluster_name(), tmp_path / "data"
    flags = ["--name", name, "--data-dir", str(data_dir), "--kubeconfig", str(tmp_path / "config")]
    command = [*PYCTL, "up", "--control-plane-only", "--foreground", "--port", str(free_port()), *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any("API at" in line for line in lines)
        process.terminate()  # an interrupt would do as well, unless whoever started the tests has it ignored
        assert process.wait(30) == 0
        assert "is down" in process.stdout.read()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
        run_to_end([*PYCTL, "down", "--name", name, "--data-dir", str(data_dir), "--delete-data"])
