"""An operator written with kopf, unmodified, on a kind of its own: it creates what its objects ask for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.clients.test_kopf_operator import eventually, pyctl

OPERATOR = """
import kopf, kubernetes

@kopf.on.create("example.com", "v1", "paintings")
def created(body, spec, name, namespace, **_):
    child = {"metadata": {"name": name}, "data": {"color": spec["color"]}}
    kopf.adopt(child)
    kubernetes.config.load_kube_config()
    kubernetes.client.CoreV1Api().create_namespaced_config_map(namespace, child)
    return {"painted": spec["color"]}

@kopf.on.update("example.com", "v1", "paintings", field="spec.color")
def changed(old, new, patch, **_):
    patch.status["change"] = f"{old} to {new}"

@kopf.on.delete("example.com", "v1", "paintings")
def deleted(name, **_):
    pass
"""
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "paintings.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "paintings", "kind": "Painting", "shortNames": ["pt"]},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "additionalPrinterColumns": [{"name": "Color", "type": "string", "jsonPath": ".spec.color"}],
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": {"color": {"type": "string", "default": "red"}}},
                            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        },
                    }
                },
            }
        ],
    },
}
PAINTING = {"apiVersion": "example.com/v1", "kind": "Painting", "metadata": {"name": "sky"}, "spec": {}}


def test_an_operator_with_a_kind_of_its_own(kubeconfig: Path, tmp_path: Path) -> None:
    def run(*words: str, body: Any = None) -> str:
        return pyctl(kubeconfig, *words, text=json.dumps(body) if body is not None else "")

    def found(kind: str, name: str) -> dict[str, Any]:
        listed = json.loads(run("get", kind, "-o", "json"))["items"]
        return next((item for item in listed if item["metadata"]["name"] == name), {})

    run("apply", "-f", "-", body=DEFINITION)
    run("wait", "--for=condition=Established", "crd/paintings.example.com", "--timeout=20s")
    script = tmp_path / "operator.py"
    script.write_text(OPERATOR)
    environment = {"KUBECONFIG": str(kubeconfig), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    with (tmp_path / "log").open("w") as log:
        operator = subprocess.Popen(
            [sys.executable, "-m", "kopf", "run", str(script), "--standalone", "--namespace", "default"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            run("apply", "-f", "-", body=PAINTING)
            eventually(lambda: found("paintings", "sky").get("status", {}).get("created") == {"painted": "red"})
            assert found("configmaps", "sky")["data"] == {"color": "red"}
            run("patch", "painting", "sky", "--type=merge", "-p", '{"spec":{"color":"blue"}}')
            eventually(lambda: found("paintings", "sky")["status"].get("change") == "red to blue")
            assert run("get", "pt").split()[:4] == ["NAME", "COLOR", "sky", "blue"]
            run("delete", "painting", "sky", "--timeout=30s")
            eventually(lambda: not found("configmaps", "sky"), 60)  # the garbage collector knows the kind by then
        finally:
            operator.terminate()
            operator.wait(20)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_namespace_takes_its_custom_resources_along(kubeconfig: Path) -> None:
    pyctl(kubeconfig, "apply", "-f", "-", text=json.dumps(DEFINITION))
    pyctl(kubeconfig, "wait", "--for=condition=Established", "crd/paintings.example.com", "--timeout=20s")
    pyctl(kubeconfig, "create", "namespace", "gallery")
    pyctl(kubeconfig, "create", "-n", "gallery", "-f", "-", text=json.dumps(PAINTING))
    pyctl(kubeconfig, "delete", "namespace", "gallery", "--timeout=25s")
    listed = json.loads(pyctl(kubeconfig, "get", "paintings", "-A", "-o", "json"))["items"]
    assert [item for item in listed if item["metadata"]["namespace"] == "gallery"] == []
    pyctl(kubeconfig, "delete", "crd", "paintings.example.com", "--timeout=25s")
