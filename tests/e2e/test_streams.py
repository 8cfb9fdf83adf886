"""What flows in and out of a running pod, by pyctl and by kubectl: input that ends, files, ports."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.launched import PYCTL, Cluster, ask, free_port, until
from tests.e2e.test_walk import IMAGE


@pytest.fixture
def pod(three_nodes: Cluster, tool: str) -> str:
    """A web server of its own for each tool."""
    name = f"streams-{tool}"
    container = {"name": "web", "image": IMAGE, "ports": [{"containerPort": 80}]}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 1}
    metadata = {"name": name, "labels": {"app": name}}
    three_nodes.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    three_nodes.until_ready(f"app={name}", 1)
    return name


def test_input_goes_in_until_it_ends(three_nodes: Cluster, tool: str, pod: str) -> None:
    text = "one\ntwo\n" * 5000
    assert three_nodes.command(tool, "exec", "-i", pod, "--", "sh", "-c", "cat; echo end", text=text) == f"{text}end\n"
    failed = three_nodes.command(tool, "exec", pod, "--", "sh", "-c", "echo out; echo err >&2; exit 3", check=False)
    assert {"out", "err"} <= set(failed.split()) and "exit code 3" in failed


def test_files_are_copied_both_ways(three_nodes: Cluster, tool: str, pod: str, tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(bytes(range(256)) * 1000)
    three_nodes.command(tool, "cp", str(there), f"{pod}:/tmp/copied")
    three_nodes.command(tool, "cp", f"{pod}:/tmp/copied", str(back))
    assert back.read_bytes() == there.read_bytes()


def test_a_port_is_forwarded(three_nodes: Cluster, tool: str, pod: str) -> None:
    port = free_port()
    program = PYCTL if tool == "pyctl" else [tool]
    command = [*program, "--kubeconfig", str(three_nodes.kubeconfig), "port-forward", f"pod/{pod}", f"{port}:80"]
    forwarding = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(3):
            until("the page comes", lambda: ask(f"http://127.0.0.1:{port}/")[0] == 200)
    finally:
        forwarding.terminate()
        forwarding.wait(10)
