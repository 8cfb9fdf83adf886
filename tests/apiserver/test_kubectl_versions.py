"""Every stock kubectl that is installed, against a server: what its users do all day, down to the wire it chooses.

New kubectls create in protobuf and read OpenAPI v3; old ones read the v2 document in its binary form.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pybernetes.apiserver.options import Options
from tests.apiserver.conftest import running

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

_COMMAND_SECONDS = 30

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: "nginx:IMAGE", env: [{name: ENV, value: "1"}]}
"""


def kubectls() -> list[Path]:
    """The kubectl on PATH, and those of other versions beside it (kubectl.1.27)."""
    found = shutil.which("kubectl")
    if found is None:
        return []
    beside = Path(found).resolve().parent
    return sorted({Path(found).resolve(), *beside.glob("kubectl.1.*")})


class Kubectl:
    def __init__(self, binary: Path, home: Path, kubeconfig: Path):
        self._binary = binary
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}

    async def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> str:
        process = await asyncio.create_subprocess_exec(
            self._binary,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**self._environment, **environment},
        )
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                output, _ = await process.communicate(stdin.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, f"{self._binary.name} {' '.join(arguments)}: {output.decode()}"
        return output.decode()


@pytest.fixture(params=kubectls() or [None], ids=lambda path: path.name if path else "none")
async def kubectl(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kubectl]:
    assert request.param is not None, "this test needs kubectl on PATH"
    kubeconfig = tmp_path / "kubeconfig"
    options = Options(tmp_path / "data", bind_address="127.0.0.1", secure_port=0, kubeconfig_out=str(kubeconfig))
    async with running(options):
        run = Kubectl(request.param, tmp_path, kubeconfig)
        await run("create", "serviceaccount", "default")
        yield run


async def test_create(kubectl: Kubectl) -> None:
    assert await kubectl("create", "configmap", "x", "--from-literal=a=b") == "configmap/x created\n"
    assert await kubectl("get", "configmap", "x", "-o", "jsonpath={.data}") == '{"a":"b"}'
    assert await kubectl("create", "secret", "generic", "s", "--from-literal=a=b") == "secret/s created\n"
    assert await kubectl("get", "secret", "s", "-o", "jsonpath={.data.a}") == "Yg=="
    assert await kubectl("create", "namespace", "n") == "namespace/n created\n"
    assert await kubectl("create", "deployment", "d", "--image=nginx") == "deployment.apps/d created\n"
    assert await kubectl("create", "clusterrole", "r", "--verb=get", "--resource=pods")
    assert await kubectl("create", "rolebinding", "b", "--clusterrole=r", "--user=u")
    assert await kubectl("create", "job", "j", "--image=busybox", "--", "true") == "job.batch/j created\n"
    assert await kubectl("create", "service", "clusterip", "c", "--tcp=80:http") == "service/c created\n"
    assert await kubectl("get", "service", "c", "-o", "jsonpath={.spec.ports[0].targetPort}") == "http"
    assert await kubectl("create", "token", "default")
    assert await kubectl("run", "p", "--image=nginx") == "pod/p created\n"
    assert await kubectl("delete", "configmap", "x") == 'configmap "x" deleted\n'


async def test_apply_and_change(kubectl: Kubectl) -> None:
    first = DEPLOYMENT.replace("REPLICAS", "2").replace("IMAGE", "1").replace("ENV", "A")
    assert await kubectl("apply", "-f", "-", stdin=first) == "deployment.apps/web created\n"
    assert await kubectl("apply", "-f", "-", stdin=first) == "deployment.apps/web unchanged\n"
    second = DEPLOYMENT.replace("REPLICAS", "3").replace("IMAGE", "2").replace("ENV", "B")
    assert await kubectl("apply", "-f", "-", stdin=second) == "deployment.apps/web configured\n"
    shown = "jsonpath={.spec.replicas} {.spec.template.spec.containers[*].image} {..env[*].name}"
    assert await kubectl("get", "deployment", "web", "-o", shown) == "3 nginx:2 B"
    assert await kubectl("scale", "deployment", "web", "--replicas=1") == "deployment.apps/web scaled\n"
    edited = await kubectl("edit", "deployment", "web", EDITOR="sed -i s/nginx:2/nginx:3/")
    assert edited == "deployment.apps/web edited\n"
    assert await kubectl("set", "image", "deployment/web", "c=nginx:4") == "deployment.apps/web image updated\n"
    assert await kubectl("get", "deployment", "web", "-o", shown) == "1 nginx:4 B"
    assert await kubectl("expose", "deployment", "web", "--port=80") == "service/web exposed\n"


async def test_explain_and_auth(kubectl: Kubectl) -> None:
    assert "replicas" in await kubectl("explain", "deployment.spec.replicas")
    assert await kubectl("auth", "can-i", "create", "pods") == "yes\n"
    assert "*.*" in await kubectl("auth", "can-i", "--list")


async def test_drain(kubectl: Kubectl) -> None:
    await kubectl("create", "-f", "-", stdin='{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}')
    spec = '"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}'
    await kubectl("create", "-f", "-", stdin=f'{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"q"}},{spec}}}')
    drained = await kubectl("drain", "n1", "--force", "--grace-period=0")
    assert "pod/q evicted" in drained
    assert await kubectl("get", "node", "n1", "-o", "jsonpath={.spec.unschedulable}") == "true"
    assert await kubectl("uncordon", "n1") == "node/n1 uncordoned\n"
