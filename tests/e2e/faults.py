"""What all tests of faults share: a namespace under load with pods that must not notice, and what must hold after.

    Scene: namespace, load, "steady" pods behind a Service, a Caller ─> fault ─> Scene.settle: everything is checked

What must hold in the end is the same whatever was killed: every acknowledged write is there, deployments have just the
pods they were told, every service that should have answered did, and nodes hold nothing but what their pods need.
"""

from __future__ import annotations

import http.client
import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pybernetes.launcher.processes import Process
from tests.e2e.conftest import cluster_name
from tests.e2e.launched import POLL_SECONDS, Cluster, is_ready, launched, left_of, until
from tests.e2e.leftovers import until_tidy
from tests.e2e.load import Load, Remote, running_load

IMAGE = "nginx:1.25"
STEADY, CHURNED = "steady", ["churn-a", "churn-b"]
CONVERGED_SECONDS = 90.0
CALL_SECONDS = 2.0
_numbers = itertools.count()


def deployment(name: str, replicas: int, **spec: Any) -> Any:
    """A Deployment of web servers; its pods end at once when told to."""
    container = {"name": "web", "image": IMAGE, "ports": [{"containerPort": 80}]}
    pod = {"terminationGracePeriodSeconds": 2, "containers": [container], **spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}, "annotations": {"revision": "0"}}, "spec": pod},
        },
    }


def node_port_service(name: str) -> Any:
    ports = [{"port": 8000, "targetPort": 80}]
    spec = {"type": "NodePort", "selector": {"app": name}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


class Caller:
    """Asks a service all the time: over one connection that is kept, and over a new one each time.

    `failures` holds what went wrong, `calls` counts what did not.
    """

    def __init__(self, address: str, port: int):
        self._address, self._port = address, port
        self._ended = threading.Event()
        self.failures: list[str] = []
        self.calls = 0
        self._threads = [
            threading.Thread(target=self._keep_one, name="caller over one connection"),
            threading.Thread(target=self._take_new_ones, name="caller over new connections"),
        ]
        for thread in self._threads:
            thread.start()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._address, self._port, timeout=CALL_SECONDS)

    def _call(self, what: str, connection: http.client.HTTPConnection) -> None:
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {what}: {error!r}")
            return
        self.calls += 1
        if answer.status != http.HTTPStatus.OK:
            self.failures.append(f"{what}: status {answer.status}")

    def _keep_one(self) -> None:
        connection = self._connect()
        self._call("the kept connection", connection)
        kept: socket.socket | None = connection.sock
        while not self._ended.wait(POLL_SECONDS):
            self._call("the kept connection", connection)
            if connection.sock is not kept:
                self.failures.append("the kept connection was closed")
                kept = connection.sock
        connection.close()

    def _take_new_ones(self) -> None:
        while not self._ended.wait(POLL_SECONDS):
            connection = self._connect()
            self._call("a new connection", connection)
            connection.close()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def calling(address: str, port: int) -> Iterator[Caller]:
    caller = Caller(address, port)
    try:
        yield caller
    finally:
        caller.stop()


class Scene:
    """A namespace of a cluster in which something is about to be killed."""

    def __init__(self, cluster: Cluster, remote: Remote, namespace: str, load: Load, caller: Caller):
        self.cluster, self.remote, self.namespace = cluster, remote, namespace
        self.load, self.caller = load, caller
        self.before = self.identities()

    def identities(self) -> dict[str, tuple[str, int]]:
        """Of each steady pod: its container's id, and how often it was started again."""
        pods = self.remote.list("pods", self.namespace, label_selector=f"app={STEADY}")
        return {each["metadata"]["name"]: _identity(each) for each in pods}

    def were_restarted(self) -> bool:
        """Whether every steady pod is still the one it was, and runs in another container than before."""
        now = self.identities()
        return now.keys() == self.before.keys() and all(
            now[name][0] != container and now[name][1] > count for name, (container, count) in self.before.items()
        )

    def until_converged(self, name: str, replicas: int, revision: str) -> None:
        """Wait until a deployment has just the pods it was told, all ready and none of them old."""

        def differs() -> str:
            found = self.remote.get("deployments.apps", name, self.namespace)
            status = found["status"]
            counts = [status.get(each, 0) for each in ("replicas", "updatedReplicas", "availableReplicas")]
            if status.get("observedGeneration") != found["metadata"]["generation"] or counts != [replicas] * 3:
                return f"status {status}"
            pods = self.remote.list("pods", self.namespace, label_selector=f"app={name}")
            right = [each for each in pods if is_ready(each) and _revision(each) == revision]
            return "" if len(right) == len(pods) == replicas else f"{len(right)} of {len(pods)} pods are right"

        last = ""

        def converged() -> bool:
            nonlocal last
            last = differs()
            return not last

        try:
            until(f"{name} has {replicas} pods of revision {revision}", converged, CONVERGED_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}: {last}") from None

    def settle(self, *, pods_stay: bool = True, service_stays: bool = True) -> None:
        """End the load and check all that must hold. Pods may be restarted, or the service fail, if so told."""
        self.load.stop()
        print(self.load)
        for name, (replicas, revision) in self.load.churn.wanted.items():
            self.until_converged(name, replicas, revision)
        self.until_converged(STEADY, 2, "0")
        differences = self.load.differences()
        assert not differences, "\n".join(differences)
        if pods_stay:
            now = self.identities()
            assert now == self.before, f"containers were {self.before} and are {now}"
        until_tidy(self.cluster, self.remote)
        self.caller.stop()
        print(f"{self.caller.calls} calls answered, {len(self.caller.failures)} failed")
        if service_stays:
            assert not self.caller.failures, "\n".join(self.caller.failures)


def _revision(pod: Any) -> str:
    return str(pod["metadata"]["annotations"]["revision"])


def _identity(pod: Any) -> tuple[str, int]:
    status = pod["status"]["containerStatuses"][0]
    return status["containerID"], status["restartCount"]


@contextmanager
def faulty_cluster(*flags: str) -> Iterator[tuple[Cluster, Remote]]:
    """A cluster with these flags, and a client of it; once it is down, nothing of it may be left on the machine."""
    with launched(cluster_name(), *flags) as cluster:
        remote = Remote(cluster.kubeconfig)
        try:
            yield cluster, remote
        finally:
            remote.close()
    left = left_of(cluster.plan)
    assert not left, "\n".join(left)


@contextmanager
def scene(cluster: Cluster, remote: Remote) -> Iterator[Scene]:
    """A namespace under load, deleted at the end; then nodes must be empty of it."""
    namespace = f"faults-{next(_numbers)}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    made = [deployment(name, 1) for name in CHURNED]
    cluster.apply(deployment(STEADY, 2), node_port_service(STEADY), *made, namespace=namespace)
    cluster.until_ready(f"app={STEADY}", 2, namespace=namespace)
    port = remote.get("services", STEADY, namespace)["spec"]["ports"][0]["nodePort"]
    address = cluster.plan.node(1).address
    until("the service answers", lambda: _answers(address, port))
    with running_load(remote, namespace, CHURNED) as load, calling(address, port) as caller:
        load.goes_on()
        yield Scene(cluster, remote, namespace, load, caller)
    cluster.pyctl("delete", "namespace", namespace, "--wait=false")
    until("the namespace is gone", lambda: namespace not in _names(remote.list("namespaces")), CONVERGED_SECONDS)
    until_tidy(cluster, remote)


def _names(objects: list[Any]) -> set[str]:
    return {each["metadata"]["name"] for each in objects}


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), CALL_SECONDS).close()
    except OSError:
        return False
    return True


def kill(name: str, processes: Callable[[], Mapping[str, Process]], *, comes_back: bool = True) -> None:
    """``kill -9`` one of some processes, and wait until there is another of its name."""
    before = processes()[name]
    os.kill(before.pid, signal.SIGKILL)
    assert before.wait_gone(10.0)
    if comes_back:
        until(f"{name} is back", lambda: (now := processes().get(name)) and now != before and now.is_alive())
