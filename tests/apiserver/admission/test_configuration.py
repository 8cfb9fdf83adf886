"""What plugins are told by a file, and what files are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.configuration import load_configurations
from pybernetes.apiserver.options import Options
from tests.apiserver.conftest import Api, running

HEAD = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n"
PODS = "/api/v1/namespaces/default/pods"


def pod(name: str, **spec: Any) -> Json:
    spec = {"containers": [{"name": "c", "image": "busybox"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def written(folder: Path, text: str, name: str = "admission.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_in_place_and_in_files(tmp_path: Path) -> None:
    written(tmp_path, "kind: A", "a.yaml")
    plugins = "plugins: [{name: A, path: a.yaml}, {name: B, configuration: {kind: B}, path: no.yaml}, {name: C}]"
    assert load_configurations(written(tmp_path, HEAD + plugins)) == {"A": {"kind": "A"}, "B": {"kind": "B"}}
    assert load_configurations("") == {}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "is not YAML"),
        ("[]", "holds no object"),
        ("kind: Other", "expected 'apiserver.config.k8s.io/v1', 'AdmissionConfiguration'"),
        (HEAD + "plugins: [{}]", r"plugins\[0\].name: Required value"),
        (HEAD + "plugins: [{name: A, configuration: []}]", "configuration of A: expected an object"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        load_configurations(written(tmp_path, text))


async def started_with(folder: Path, plugin: str, configuration: str) -> Options:
    indented = "\n".join(f"    {line}" for line in configuration.splitlines())
    text = f"{HEAD}plugins:\n- name: {plugin}\n  configuration:\n{indented}\n"
    return Options(folder, secure_port=-1, admission_control_config_file=written(folder, text))


async def test_pod_security(tmp_path: Path) -> None:
    told = "defaults: {enforce: baseline, audit: restricted}\nexemptions: {usernames: [trusted], namespaces: [free]}"
    async with running(await started_with(tmp_path, "PodSecurity", told)) as server:
        api = Api(server)
        for namespace in ("default", "free"):
            if namespace == "free":
                await api.create("/api/v1/namespaces", {"metadata": {"name": "free"}})
            account: Json = {"metadata": {"name": "default"}}
            await api.create(f"/api/v1/namespaces/{namespace}/serviceaccounts", account)
        bad = pod("a", hostNetwork=True)
        status, refused = await api.call("POST", PODS, bad)
        assert (status, refused["message"].partition(":")[0]) == (
            403,
            'pods "a" is forbidden',
        )
        assert 'violates PodSecurity "baseline:latest"' in refused["message"]
        await api.create("/api/v1/namespaces/free/pods", bad)


async def test_levels_that_there_are_not(tmp_path: Path) -> None:
    options = await started_with(tmp_path, "PodSecurity", "defaults: {enforce: high}")
    with pytest.raises(ValueError, match=r"PodSecurity: defaults\.enforce: must be one of"):
        async with running(options):
            pass


LIMITED = """limitedResources:
- resource: pods
  matchContains: [requests.cpu]
  matchScopes:
  - {scopeName: PriorityClass, operator: In, values: [high]}
"""


async def test_limited_resources_need_a_quota(tmp_path: Path) -> None:
    async with running(await started_with(tmp_path, "ResourceQuota", LIMITED)) as server:
        api = Api(server)
        await api.create("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        await api.create(PODS, pod("free"))
        asking = pod("asking")
        asking["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1"}}
        status, refused = await api.call("POST", PODS, asking)
        assert (status, refused["message"]) == (
            403,
            'pods "asking" is forbidden: insufficient quota to consume: requests.cpu',
        )
        high = {"metadata": {"name": "high"}, "value": 10}
        await api.create("/apis/scheduling.k8s.io/v1/priorityclasses", high)
        status, refused = await api.call("POST", PODS, pod("high", priorityClassName="high"))
        assert (status, refused["message"]) == (
            403,
            'pods "high" is forbidden: insufficient quota to match these scopes: [{PriorityClass In [high]}]',
        )
