"""The official Python client on a real node: a command in a container over its WebSocket, and the log."""

from __future__ import annotations

import gc
import json
import warnings
from collections.abc import Iterator

import pytest
from kubernetes import client, config
from kubernetes.stream import stream

from tests.e2e.launched import Cluster


@pytest.fixture(autouse=True)
def _sockets_left_by_the_client() -> Iterator[None]:
    """The client's stream leaves its socket to the garbage collector, also after close(): collect it here, unheard."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_a_command_in_a_container(cluster: Cluster, namespace: str) -> None:
    container = {"name": "main", "image": "busybox:1.36", "command": ["sh", "-c", "echo started; sleep 3600"]}
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "shell", "namespace": namespace},
            "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
        },
        namespace=namespace,
    )
    cluster.pyctl("-n", namespace, "wait", "--for=condition=Ready", "pod/shell", "--timeout=90s")
    with config.new_client_from_config(str(cluster.kubeconfig)) as api_client:
        core = client.CoreV1Api(api_client)
        session = stream(
            core.connect_get_namespaced_pod_exec,
            "shell",
            namespace,
            command=["sh", "-c", "read line; echo got $line; echo trouble >&2; exit 3"],
            stdin=True,
            stdout=True,
            stderr=True,
            tty=False,
            _preload_content=False,
        )
        session.write_stdin("hello\n")
        session.run_forever(timeout=20)
        assert session.read_stdout() == "got hello\n"
        assert session.read_stderr() == "trouble\n"
        assert session.returncode == 3
        session.close()
        assert core.read_namespaced_pod_log("shell", namespace) == "started\n"
    assert (
        json.loads(cluster.pyctl("-n", namespace, "get", "pod", "shell", "-o", "json"))["status"]["phase"] == "Running"
    )
