"""client-go and Helm, unmodified: a Go program from npm that is built on the newest release of both.

It takes its orders as lines of JSON (JSON-RPC 2.0) on its standard input, and answers on its standard output.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients.npm import npm_project

SOURCE = Path(__file__).parent / "client_go"
PROGRAM = "node_modules/kubernetes-mcp-server-linux-amd64/bin/kubernetes-mcp-server-linux-amd64"
CHART = {
    "Chart.yaml": "{apiVersion: v2, name: web, version: 0.1.0}",
    "values.yaml": "greeting: hello",
    "templates/all.yaml": """
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-settings"}
data: {greeting: "{{ .Values.greeting }}", served: "{{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }}"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}-web"}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.25"}]}
""",
}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "boats.go.example.com"},
    "spec": {
        "group": "go.example.com",
        "scope": "Namespaced",
        "names": {"plural": "boats", "singular": "boat", "kind": "Boat"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": {"sails": {"type": "integer", "maximum": 4}}}
                        },
                    }
                },
            }
        ],
    },
}


class Program:
    """The running program. Each call is one order and its answer."""

    def __init__(self, process: subprocess.Popen[str]):
        self._process = process
        self._calls = 0
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
        self._request("initialize", hello)
        self._send({"method": "notifications/initialized"})

    def __call__(self, order: str, /, **arguments: Any) -> str:
        """What the program says. Fails if it calls that an error."""
        said, failed = self.attempt(order, **arguments)
        assert not failed, said
        return said

    def attempt(self, order: str, /, **arguments: Any) -> tuple[str, bool]:
        """What the program says, and whether it calls that an error."""
        result = self._request("tools/call", {"name": order, "arguments": arguments})["result"]
        return "\n".join(part["text"] for part in result["content"]), bool(result.get("isError"))

    def _request(self, method: str, params: Any) -> Any:
        self._calls += 1
        self._send({"id": self._calls, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self._calls:
                return answer
        raise AssertionError("the program has ended")

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, kubeconfig: Path) -> Iterator[Program]:
    directory = npm_project(SOURCE, tmp_path_factory.mktemp("client-go"))
    path = directory / PROGRAM
    path.chmod(0o755)
    arguments = ["--kubeconfig", str(kubeconfig), "--toolsets", "core,helm", "--log-file", str(directory / "log")]
    with subprocess.Popen(
        [str(path), *arguments], cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Program(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("chart")
    for name, text in CHART.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    return directory


def objects(said: str) -> Any:
    """The YAML after the line of words that it comes with."""
    return yaml.safe_load("\n".join(line for line in said.splitlines() if not line.startswith("#")))


def test_helm_installs_lists_and_uninstalls_a_chart(program: Program, chart: Path) -> None:
    said = program("helm_install", chart=str(chart), name="demo", namespace="default", values={"greeting": "ahoy"})
    assert "deployed" in said
    found = objects(program("resources_get", apiVersion="v1", kind="ConfigMap", name="demo-settings"))
    assert found["data"] == {"greeting": "ahoy", "served": "true"}
    assert found["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "Helm"}
    assert "name: demo" in program("helm_list", all_namespaces=True)
    again, failed = program.attempt("helm_install", chart=str(chart), name="demo", namespace="default")
    assert failed and "still in use" in again
    program("helm_uninstall", name="demo", namespace="default")
    said, failed = program.attempt("resources_get", apiVersion="apps/v1", kind="Deployment", name="demo-web")
    assert failed and 'deployments.apps "demo-web" not found' in said
    assert "demo" not in program("helm_list", all_namespaces=True)


def scale_to_two(program: Program) -> str:
    """It reads before it writes, and the controller may write in between."""
    for _ in range(20):
        said, failed = program.attempt(
            "resources_scale", apiVersion="apps/v1", kind="Deployment", name="go", namespace="default", scale=2
        )
        if not failed:
            return said
        assert "the object has been modified" in said
    raise AssertionError("the deployment never came to rest")


def test_objects_are_applied_scaled_and_shown(program: Program) -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "go", "namespace": "default", "labels": {"of": "go"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "go"}},
            "template": {
                "metadata": {"labels": {"app": "go"}},
                "spec": {"containers": [{"name": "go", "image": "nginx:1.25"}]},
            },
        },
    }
    [made] = objects(program("resources_create_or_update", resource=json.dumps(deployment)))
    assert made["metadata"]["managedFields"][0]["operation"] == "Apply"
    scaled = objects(scale_to_two(program))
    assert (scaled["kind"], scaled["spec"]["replicas"]) == ("Scale", 2)
    table = program("resources_list", apiVersion="apps/v1", kind="Deployment", labelSelector="of=go")
    header, row = (line.split() for line in table.splitlines() if line.strip())
    assert header[:5] == ["NAMESPACE", "APIVERSION", "KIND", "NAME", "READY"]
    assert row[:5] == ["default", "apps/v1", "Deployment", "go", "0/2"]
    program("resources_delete", apiVersion="apps/v1", kind="Deployment", name="go", namespace="default")


def test_a_kind_that_comes_while_it_runs_is_found(program: Program) -> None:
    program("resources_create_or_update", resource=json.dumps(CRD))
    boat = {
        "apiVersion": "go.example.com/v1",
        "kind": "Boat",
        "metadata": {"name": "b", "namespace": "default"},
        "spec": {"sails": 2},
    }
    [made] = objects(program("resources_create_or_update", resource=json.dumps(boat)))
    assert made["spec"] == {"sails": 2}
    boat["spec"] = {"sails": 9}
    said, failed = program.attempt("resources_create_or_update", resource=json.dumps(boat))
    assert failed and "spec.sails: Invalid value: 9: spec.sails in body should be less than or equal to 4" in said
    program(
        "resources_delete",
        apiVersion="apiextensions.k8s.io/v1",
        kind="CustomResourceDefinition",
        name="boats.go.example.com",
    )
