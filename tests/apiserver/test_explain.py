"""The descriptions of fields on their way out: in the OpenAPI documents, and in what `kubectl explain` prints."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from pybernetes.api.apps.deployment import Deployment, DeploymentSpec
from pybernetes.api.object import Json
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.documentation import field_doc
from pybernetes.apiserver.options import Options
from tests.apiserver.conftest import Api, running

_APPS = "io.k8s.api.apps.v1."
_COMMAND_SECONDS = 30


def told(definition: Json) -> dict[str, str]:
    return {name: field.get("description", "") for name, field in definition["properties"].items()}


def _spec_fields() -> dict[str, str]:
    spec = struct_of(DeploymentSpec)
    return {name: field_doc(spec, field) for name, field in spec.fields.items()}


async def test_version_3_carries_the_descriptions(api: Api) -> None:
    schemas = (await api.get("/openapi/v3/apis/apps/v1"))["components"]["schemas"]
    assert schemas[f"{_APPS}Deployment"]["description"] == Deployment.__doc__
    assert told(schemas[f"{_APPS}DeploymentSpec"]) == _spec_fields()
    declared = {name: told(schema) for name, schema in schemas.items() if _is_declared(name)}
    assert f"{_APPS}RollingUpdateStatefulSetStrategy" in declared
    assert [(name, key) for name, fields in declared.items() for key, text in fields.items() if not text] == []


def _is_declared(definition: str) -> bool:
    """Whether it is a kind or a part of one: lists are made for each kind alike, and say nothing of their own."""
    return definition.startswith(_APPS) and not definition.endswith("List")


async def test_version_2_carries_them_too(api: Api) -> None:
    definitions = (await api.get("/openapi/v2"))["definitions"]
    assert told(definitions[f"{_APPS}DeploymentSpec"]) == _spec_fields()


@pytest.mark.kubectl
async def test_kubectl_explains_a_field_and_those_below_it(tmp_path: Path) -> None:
    kubectl = shutil.which("kubectl")
    assert kubectl is not None, "this test needs kubectl on PATH"
    kubeconfig = tmp_path / "kubeconfig"
    options = Options(tmp_path / "data", bind_address="127.0.0.1", secure_port=0, kubeconfig_out=str(kubeconfig))
    async with running(options):
        shown = await _output(kubectl, "explain", "pod.spec.containers", home=tmp_path, kubeconfig=kubeconfig)
    words = " ".join(shown.split())
    assert "The containers that run side by side." in words
    assert "One container of a pod: its image, what it runs, and what it may use." in words
    assert "The image to run, with a tag or a digest." in words


async def _output(kubectl: str, *arguments: str, home: Path, kubeconfig: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}
    process = await asyncio.create_subprocess_exec(
        kubectl, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(_COMMAND_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode()
    return output.decode()
