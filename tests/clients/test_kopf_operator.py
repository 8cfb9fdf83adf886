"""An operator written with kopf, unmodified, on a built-in kind: it is told of each change and writes back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.clients.conftest import PYCTL

OPERATOR = """
import kopf

@kopf.on.create("", "v1", "configmaps", labels={"managed": "yes"})
def created(body, patch, **_):
    patch.metadata.annotations["operator/seen"] = body["data"]["color"]

@kopf.on.update("", "v1", "configmaps", labels={"managed": "yes"}, field="data.color")
def changed(old, new, patch, **_):
    patch.metadata.annotations["operator/change"] = f"{old} to {new}"

@kopf.on.delete("", "v1", "configmaps", labels={"managed": "yes"})
def deleted(name, **_):
    pass
"""


def pyctl(kubeconfig: Path, *words: str, text: str = "") -> str:
    command = [str(PYCTL), "--kubeconfig", str(kubeconfig), *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def eventually(check: Callable[[], bool], seconds: float = 30.0) -> None:
    """Ask again until it holds; an operator in another process can only be waited for."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.1)


def test_handlers_run_and_finalizers_hold(kubeconfig: Path, tmp_path: Path) -> None:
    script = tmp_path / "operator.py"
    script.write_text(OPERATOR)
    log = (tmp_path / "log").open("w")
    environment = {"KUBECONFIG": str(kubeconfig), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    operator = subprocess.Popen(
        [sys.executable, "-m", "kopf", "run", str(script), "--standalone", "--namespace", "default"],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )

    def found() -> dict[str, dict[str, object]]:
        return dict(json.loads(pyctl(kubeconfig, "get", "configmap", "paint", "-o", "json"))["metadata"])

    def annotation(name: str) -> object:
        return (found().get("annotations") or {}).get(name)

    try:
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "paint", "labels": {"managed": "yes"}},
            "data": {"color": "red"},
        }
        pyctl(kubeconfig, "create", "-f", "-", text=json.dumps(body))
        eventually(lambda: annotation("operator/seen") == "red")
        assert found()["finalizers"] == ["kopf.zalando.org/KopfFinalizerMarker"]
        pyctl(kubeconfig, "patch", "configmap", "paint", "--type=merge", "-p", '{"data":{"color":"blue"}}')
        eventually(lambda: annotation("operator/change") == "red to blue")
        pyctl(kubeconfig, "delete", "configmap", "paint", "--timeout=30s")
    finally:
        operator.terminate()
        operator.wait(20)
        log.close()
    assert "Traceback" not in (tmp_path / "log").read_text()
