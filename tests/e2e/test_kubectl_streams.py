"""Every stock kubectl, with containers: commands in them, files, ports, input, debuggers, a node that is emptied."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.kubectl import kubectls
from tests.e2e.launched import Cluster, ask, free_port, until
from tests.e2e.test_walk import IMAGE, deployment, service

BUSYBOX = "--image=busybox:1.36"


class Kubectl:
    """One kubectl in a namespace of its own, in which a web server runs as `pod`."""

    def __init__(self, cluster: Cluster, binary: Path):
        self.cluster, self.binary = cluster, binary
        self.namespace = "with-" + binary.name.replace(".", "-")
        self.pod = "web"

    def __call__(self, *arguments: str, **options: Any) -> str:
        return self.cluster.command(str(self.binary), "--namespace", self.namespace, *arguments, **options)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that goes on; whoever starts it ends it."""
        command = [str(self.binary), "--kubeconfig", str(self.cluster.kubeconfig), "--namespace", self.namespace]
        return subprocess.Popen([*command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def get(self, *arguments: str) -> Any:
        return json.loads(self("get", *arguments, "--output", "json"))


@pytest.fixture(scope="module", params=kubectls(), ids=lambda path: path.name)
def kubectl(request: pytest.FixtureRequest, three_nodes: Cluster) -> Iterator[Kubectl]:
    made = Kubectl(three_nodes, request.param)
    three_nodes.command(str(made.binary), "create", "namespace", made.namespace)
    until("it has its account", lambda: "default" in made("get", "serviceaccounts", "-o", "name", check=False))
    made("run", made.pod, f"--image={IMAGE}", "--port=80", "--expose", "--labels=app=web")
    made("wait", "--for=condition=Ready", f"pod/{made.pod}", "--timeout=60s")
    yield made
    made("delete", "namespace", made.namespace, "--wait=false")


def test_commands_run_with_input_and_exit_codes(kubectl: Kubectl) -> None:
    assert kubectl("exec", "-i", kubectl.pod, "--", "cat", text="one\ntwo\n") == "one\ntwo\n"
    assert "exit code 3" in kubectl("exec", f"pod/{kubectl.pod}", "--", "sh", "-c", "exit 3", check=False)
    assert "container nope is not valid" in kubectl("exec", kubectl.pod, "-c", "nope", "--", "date", check=False)


def test_what_one_attaches_to_reads_and_writes(kubectl: Kubectl) -> None:
    shell = ["--restart=Never", BUSYBOX, "--", "sh", "-c", "while read line; do echo got $line; done"]
    kubectl("run", "reader", "--stdin", "--attach=false", *shell)
    kubectl("wait", "--for=condition=Ready", "pod/reader", "--timeout=60s")
    assert "got hello" in kubectl("attach", "--stdin", "reader", text="hello\n")
    said = kubectl("run", "once", "--rm", "-i", "--restart=Never", BUSYBOX, "--", "cat", text="passed through\n")
    assert "passed through" in said
    until("it is removed", lambda: "NotFound" in kubectl("get", "pod", "once", check=False))


def test_files_are_copied_both_ways(kubectl: Kubectl, tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    there.mkdir()
    (there / "bytes").write_bytes(bytes(range(256)) * 400)
    kubectl("cp", str(there), f"{kubectl.pod}:/tmp/copied")
    assert kubectl("exec", kubectl.pod, "--", "ls", "/tmp/copied").split() == ["bytes"]
    kubectl("cp", f"{kubectl.namespace}/{kubectl.pod}:/tmp/copied", str(back))
    assert (back / "bytes").read_bytes() == (there / "bytes").read_bytes()


@pytest.mark.parametrize("target", ["pod/web", "service/web"])
def test_ports_of_pods_and_services_are_forwarded(kubectl: Kubectl, target: str) -> None:
    port = free_port()
    forwarding = kubectl.start("port-forward", target, f"{port}:80")
    try:
        for _ in range(3):
            until("the page comes", lambda: ask(f"http://127.0.0.1:{port}/")[0] == 200)
    finally:
        forwarding.terminate()
        forwarding.communicate(timeout=10)


def test_a_proxy_leads_to_pods_and_services(kubectl: Kubectl) -> None:
    place = f"/api/v1/namespaces/{kubectl.namespace}"
    proxy = kubectl.start("proxy", "--port=0")
    try:
        assert proxy.stdout is not None
        base = "http://" + proxy.stdout.readline().split()[-1]
        for path in (f"{place}/pods/{kubectl.pod}:80/proxy/", f"{place}/services/web:80/proxy/"):
            status, headers, _ = ask(f"{base}{path}")
            assert (status, headers["x-served-by"]) == (200, kubectl.pod)
            assert kubectl("get", "--raw", path)
    finally:
        proxy.terminate()
        proxy.communicate(timeout=10)


def test_logs_are_read_and_followed(kubectl: Kubectl) -> None:
    script = "for i in 1 2 3; do echo line $i; done; sleep 3600"
    kubectl("run", "talks", "--restart=Never", BUSYBOX, "--", "sh", "-c", script)
    kubectl("wait", "--for=condition=Ready", "pod/talks", "--timeout=60s")
    until("all is written", lambda: kubectl("logs", "talks") == "line 1\nline 2\nline 3\n")
    assert kubectl("logs", "talks", "--tail=1", "--prefix") == "[pod/talks/talks] line 3\n"
    assert re.fullmatch(r"\d{4}-\S+Z line 3\n", kubectl("logs", "talks", "--tail=1", "--timestamps"))
    following = kubectl.start("logs", "--follow", "talks")
    try:
        assert following.stdout is not None
        assert [following.stdout.readline() for _ in range(3)] == ["line 1\n", "line 2\n", "line 3\n"]
    finally:
        following.terminate()
        following.communicate(timeout=10)


def test_pods_and_nodes_are_debugged(kubectl: Kubectl) -> None:
    kubectl(
        "debug", kubectl.pod, BUSYBOX, "--container=help", f"--target={kubectl.pod}", "--", "ls", "/proc/1/root/etc"
    )
    seen = "the debugger sees the files of the other container"
    until(seen, lambda: "nginx" in kubectl("logs", kubectl.pod, "-c", "help", check=False).split())
    copied = ["--copy-to=copy", "--share-processes", BUSYBOX, "--container=help", "--", "sleep", "3600"]
    kubectl("debug", kubectl.pod, *copied)
    kubectl("wait", "--for=condition=Ready", "pod/copy", "--timeout=60s")
    assert "nginx" in kubectl("exec", "copy", "-c", "help", "--", "ps")
    node = kubectl.get("pod", kubectl.pod)["spec"]["nodeName"]
    said = kubectl("debug", f"node/{node}", BUSYBOX, "--attach=false", "--", "ls", "/host")
    (name,) = re.findall(r"node-debugger-\S+", said)
    until("it lists the node's files", lambda: "etc" in kubectl("logs", name, check=False).split())


def test_a_rollout_is_followed_and_a_node_emptied(kubectl: Kubectl) -> None:
    kubectl.cluster.apply(deployment("moves"), service("moves"), namespace=kubectl.namespace)
    assert "successfully rolled out" in kubectl("rollout", "status", "deployment/moves", "--timeout=60s")
    node = kubectl.get("pods", "-l", "app=moves")["items"][0]["spec"]["nodeName"]
    kubectl("drain", node, "--ignore-daemonsets", "--force", "--pod-selector=app=moves", "--timeout=60s", seconds=70)
    try:
        assert "SchedulingDisabled" in kubectl("get", "node", node)
        kubectl("rollout", "status", "deployment/moves", "--timeout=60s")
        places = {pod["spec"]["nodeName"] for pod in kubectl.get("pods", "-l", "app=moves")["items"]}
        assert node not in places
    finally:
        kubectl("uncordon", node)
