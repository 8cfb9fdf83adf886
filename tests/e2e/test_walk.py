"""What one does with a cluster on its first day, by pyctl and by kubectl, on both stores, on one node and on three."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.e2e.launched import MANIFESTS, PYCTL, Cluster, ask, served_by, until

IMAGE, NEXT_IMAGE = "nginx:1.25", "nginx:1.26"


def controller(name: str, replicas: int = 2) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"app": name}, "template": template(name)},
    }


def template(name: str) -> Any:
    container = {"name": "web", "image": IMAGE, "ports": [{"containerPort": 80}]}
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}


def deployment(name: str, replicas: int = 2) -> Any:
    """Its pods serve on for a while when they are told to end, until no node sends them connections any more."""
    pods = template(name)
    pods["spec"]["containers"][0] |= {
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1},
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "2"]}}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": pods},
    }


def service(name: str, kind: str = "ClusterIP") -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"type": kind, "selector": {"app": name}, "ports": [{"port": 8000, "targetPort": 80}]},
    }


def shell(name: str, script: str) -> Any:
    container = {"name": "shell", "image": "busybox:1.36", "command": ["sh", "-c", script]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1},
    }


class User:
    """Somebody at one command line in one namespace."""

    def __init__(self, cluster: Cluster, tool: str, namespace: str):
        self.cluster, self.tool, self.namespace = cluster, tool, namespace

    def __call__(self, *arguments: str, **options: Any) -> str:
        return self.cluster.command(self.tool, "--namespace", self.namespace, *arguments, **options)

    def apply(self, *objects: Any) -> None:
        self.cluster.apply(*objects, namespace=self.namespace)

    def until_ready(self, app: str, count: int) -> set[str]:
        return self.cluster.until_ready(f"app={app}", count, namespace=self.namespace)

    def items(self, *arguments: str) -> list[Any]:
        return self.cluster.items(*arguments, "--namespace", self.namespace)

    def get(self, *arguments: str) -> Any:
        return self.cluster.get(*arguments, "--namespace", self.namespace)


@pytest.fixture
def user(cluster: Cluster, tool: str, namespace: str) -> User:
    return User(cluster, tool, namespace)


def test_a_manifest_is_applied_and_both_pods_take_turns(user: User) -> None:
    manifest = str(MANIFESTS / "nginx-rc.yaml")
    said = user("apply", "-f", manifest)
    assert re.search(r"replicationcontrollers?/nginx created", said), said
    pods = user.until_ready("nginx", 2)
    node = user.cluster.plan.node(1).address
    address = user.get("service", "nginx")["spec"]["clusterIP"]
    for url in (f"http://{address}:8000/", f"http://{node}:30080/"):
        until(f"{url} is served by both", lambda url=url: served_by(url) == pods)
    assert "unchanged" in user("apply", "-f", manifest)
    shown = user("get", "pods", "-o", "wide")
    assert all(name in shown for name in pods)
    assert shown.splitlines()[0].split()[:5] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    user("delete", "-f", manifest)
    until("the pods are gone", lambda: not user.items("pods"))
    assert until("nobody answers", lambda: ask(f"http://{node}:30080/")[0] == 0)


def test_a_service_is_found_by_name_and_logs_are_followed(user: User) -> None:
    user.apply(controller("web"), service("web"))
    pods = user.until_ready("web", 2)
    user.apply(shell("client", "while true; do date +%s; sleep 0.2; done"))
    user.until_ready("client", 1)
    found: set[str] = set()
    for name in ("web", f"web.{user.namespace}", f"web.{user.namespace}.svc.cluster.local"):
        fetch = f"for i in 1 2 3 4 5 6 7 8; do timeout 3 wget -q -O - http://{name}:8000/; done"
        answers = until(
            f"{name} answers", lambda fetch=fetch: user("exec", "client", "--", "sh", "-c", fetch, check=False)
        )
        found |= {pod for pod in pods if pod in answers}
    assert found == pods
    assert user("exec", "client", "--", "cat", "/etc/hostname").strip() == "client"
    assert "exit code 3" in user("exec", "client", "--", "sh", "-c", "exit 3", check=False)
    assert user("logs", "client").split()[0].isdigit()
    _follow(user, "client")


def _follow(user: User, pod: str) -> None:
    """`logs -f` prints lines as they are written, and goes on doing so."""
    program = PYCTL if user.tool == "pyctl" else [user.tool]
    command = [*program, "--kubeconfig", str(user.cluster.kubeconfig), "--namespace", user.namespace]
    following = subprocess.Popen([*command, "logs", "-f", "--tail=1", pod], stdout=subprocess.PIPE, text=True)
    try:
        assert following.stdout is not None
        lines = [int(following.stdout.readline()) for _ in range(6)]
        assert lines[-1] > lines[0], "at five lines a second, six are not of the same second"
        assert abs(time.time() - lines[-1]) < 5
    finally:
        following.kill()
        following.wait()
        following.stdout.close()  # type: ignore[union-attr]


def test_a_controller_is_scaled_and_its_pods_replaced(user: User) -> None:
    user.apply(controller("web"), service("web", "NodePort"))
    pods = user.until_ready("web", 2)
    assert "scaled" in user("scale", "rc", "web", "--replicas=4")
    more = user.until_ready("web", 4)
    assert pods < more
    port = user.get("service", "web")["spec"]["ports"][0]["nodePort"]
    url = f"http://{user.cluster.plan.node(1).address}:{port}/"
    until("all four serve", lambda: served_by(url, 60) == more)
    user("scale", "rc", "web", "--replicas=1")
    (kept,) = user.until_ready("web", 1)
    user("delete", "pod", kept)
    (replacement,) = user.until_ready("web", 1)
    assert replacement != kept
    until("the new one serves", lambda: served_by(url) == {replacement})


def test_a_deployment_rolls_forward_and_back_without_a_gap(user: User) -> None:
    user.apply(deployment("web"), service("web", "NodePort"))
    assert "successfully rolled out" in user("rollout", "status", "deployment/web", "--timeout=60s")
    port = user.get("service", "web")["spec"]["ports"][0]["nodePort"]
    url = f"http://{user.cluster.plan.node(1).address}:{port}/"
    until("it is served", lambda: ask(url)[1].get("x-image-version") == "1.25")
    assert "image updated" in user("set", "image", "deployment/web", f"web={NEXT_IMAGE}")
    versions = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and versions[-10:] != ["1.26"] * 10:
        versions.append(ask(url)[1].get("x-image-version", "nobody"))
        time.sleep(0.02)
    assert versions[-10:] == ["1.26"] * 10
    assert "successfully rolled out" in user("rollout", "status", "deployment/web", "--timeout=60s")
    history = user("rollout", "history", "deployment/web")
    assert [line.split()[0] for line in history.splitlines() if line[:1].isdigit()] == ["1", "2"]
    assert "rolled back" in user("rollout", "undo", "deployment/web")
    until("the old version is back", lambda: {ask(url)[1].get("x-image-version") for _ in range(10)} == {"1.25"})
    history = user("rollout", "history", "deployment/web")
    assert [line.split()[0] for line in history.splitlines() if line[:1].isdigit()] == ["2", "3"]
    assert "nobody" not in versions, f"{versions.count('nobody')} of {len(versions)} requests found nobody"


def test_a_container_that_dies_is_started_again(user: User) -> None:
    user.apply(controller("web", 1))
    (pod,) = user.until_ready("web", 1)
    address = user.get("pod", pod)["status"]["podIP"]
    container = user.get("pod", pod)["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    os.kill(_first_process(container), signal.SIGKILL)

    def restarted() -> bool:
        status = user.get("pod", pod)["status"]
        return bool(status["containerStatuses"][0]["restartCount"] == 1 and status["containerStatuses"][0]["ready"])

    until("it runs again", restarted)
    assert user.get("pod", pod)["status"]["podIP"] == address
    assert "137" in str(user.get("pod", pod)["status"]["containerStatuses"][0]["lastState"])


def _first_process(container: str) -> int:
    """The first process of a container, by its cgroup."""
    found = []
    for pid in (entry for entry in os.listdir("/proc") if entry.isdigit()):  # noqa: PTH208
        try:
            with open(f"/proc/{pid}/cgroup") as file:  # noqa: PTH123
                if container in file.read():
                    found.append(int(pid))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return min(found)


def test_a_pod_asks_the_api_with_its_own_account(user: User) -> None:
    user.apply(shell("asks", "while true; do sleep 1; done"))
    user.until_ready("asks", 1)
    mounted = user("exec", "asks", "--", "ls", "/var/run/secrets/kubernetes.io/serviceaccount").split()
    assert mounted == ["ca.crt", "namespace", "token"]
    environment = user("exec", "asks", "--", "env")
    assert "KUBERNETES_SERVICE_HOST=" in environment
    name = user("exec", "asks", "--", "nslookup", "kubernetes.default.svc.cluster.local", check=False)
    assert user.cluster.get("service", "kubernetes")["spec"]["clusterIP"] in name
