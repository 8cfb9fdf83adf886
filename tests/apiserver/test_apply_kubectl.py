"""Server-side apply as kubectl does it, against a server over HTTPS."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from pybernetes.apiserver.options import Options
from tests.apiserver.conftest import running

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

_COMMAND_SECONDS = 30


def config_map(value: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {{key: '{value}'}}\n"


class Kubectl:
    """Runs kubectl; gives its exit code and what it printed."""

    def __init__(self, home: Path, kubeconfig: Path):
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}

    async def __call__(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            "kubectl",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
        )
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                output, _ = await process.communicate(stdin.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, output.decode()

    async def ok(self, *arguments: str, stdin: str = "") -> str:
        code, output = await self(*arguments, stdin=stdin)
        assert code == 0, output
        return output


@pytest.fixture
async def kubectl(tmp_path: Path) -> AsyncIterator[Kubectl]:
    assert shutil.which("kubectl"), "this test needs kubectl on PATH"
    kubeconfig = tmp_path / "kubeconfig"
    options = Options(tmp_path / "data", bind_address="127.0.0.1", secure_port=0, kubeconfig_out=str(kubeconfig))
    async with running(options):
        yield Kubectl(tmp_path, kubeconfig)


async def test_apply_conflict_force_and_diff(kubectl: Kubectl) -> None:
    apply = ("apply", "--server-side", "-f", "-")
    assert await kubectl.ok(*apply, stdin=config_map("1")) == "configmap/x serverside-applied\n"
    assert await kubectl.ok(*apply, stdin=config_map("1")) == "configmap/x serverside-applied\n"
    code, output = await kubectl(*apply, "--field-manager=other", stdin=config_map("2"))
    assert code == 1
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .data.key' in output
    await kubectl.ok(*apply, "--field-manager=other", "--force-conflicts", stdin=config_map("2"))
    assert await kubectl.ok("get", "configmap", "x", "-o", "jsonpath={.data.key}") == "2"

    code, output = await kubectl("diff", "--server-side", "--field-manager=other", "-f", "-", stdin=config_map("3"))
    assert code == 1, output
    assert '-  key: "2"' in output and '+  key: "3"' in output
    code, output = await kubectl("diff", "--server-side", "--field-manager=other", "-f", "-", stdin=config_map("2"))
    assert (code, output) == (0, "")


async def test_managed_fields_are_shown_when_asked_for(kubectl: Kubectl) -> None:
    await kubectl.ok("create", "-f", "-", stdin=config_map("1"))
    assert "managedFields" not in await kubectl.ok("get", "configmap", "x", "-o", "yaml")
    shown = yaml.safe_load(await kubectl.ok("get", "configmap", "x", "-o", "yaml", "--show-managed-fields"))
    [entry] = shown["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("kubectl-create", "Update")
    assert entry["fieldsV1"] == {"f:data": {".": {}, "f:key": {}}}


async def test_from_client_side_apply_to_the_servers_and_back(kubectl: Kubectl) -> None:
    assert await kubectl.ok("apply", "-f", "-", stdin=config_map("1")) == "configmap/x created\n"
    await kubectl.ok("apply", "--server-side", "-f", "-", stdin=config_map("2"))
    shown = yaml.safe_load(await kubectl.ok("get", "configmap", "x", "-o", "yaml", "--show-managed-fields"))
    assert shown["data"] == {"key": "2"}
    owners = {(entry["manager"], entry["operation"]) for entry in shown["metadata"]["managedFields"]}
    assert owners == {("kubectl", "Apply"), ("kubectl-last-applied", "Apply")}, "the annotation has an owner of its own"
    assert await kubectl.ok("apply", "-f", "-", stdin=config_map("3")) == "configmap/x configured\n"
    assert await kubectl.ok("get", "configmap", "x", "-o", "jsonpath={.data.key}") == "3"
