"""Volumes of every kind in real containers, and what becomes of them when their sources change and pods end."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest

from pybernetes.api.object import Json
from tests.kubelet.agent_node import AgentNode, agent_node, container_status, running_status, shell


@pytest.fixture
async def node() -> AsyncIterator[AgentNode]:
    async with agent_node() as made:
        yield made


def config_map(name: str, **data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


def secret(name: str, **data: str) -> Json:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
        "type": "Opaque",
        "data": encoded,
    }


def mounts(*names: str) -> list[Json]:
    return [{"name": name, "mountPath": f"/{name}"} for name in names]


async def output(node: AgentNode, name: str, *lines: str) -> None:
    """Wait until the pod has written these lines."""
    wanted = "".join(f"{line}\n" for line in lines)
    try:
        await node.until(lambda: node.log(name) == wanted)
    except AssertionError:
        assert node.log(name) == wanted
        raise


async def test_contents_and_modes(node: AgentNode) -> None:
    await node.client.create("configmaps", config_map("settings", colour="blue", size="large"))
    await node.client.create("secrets", secret("keys", password="s3cret"))
    script = """
        cat /cm/colour; echo; cat /sec/deep/er; echo; cat /down/labels; echo; cat /proj/token; echo; cat /proj/cm; echo
        stat -c %a /sec/deep/..data/deep/er 2>/dev/null || stat -L -c %a /sec/deep/er
        stat -f -c %T /sec /mem; stat -c %a /empty; echo x > /empty/file; (echo y > /cm/no) 2>/dev/null || echo readonly
        sleep 1000
    """
    volumes = [
        {"name": "cm", "configMap": {"name": "settings"}},
        {
            "name": "sec",
            "secret": {"secretName": "keys", "items": [{"key": "password", "path": "deep/er", "mode": 256}]},
        },
        {"name": "down", "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {
            "name": "proj",
            "projected": {
                "sources": [
                    {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
                    {"configMap": {"name": "settings", "items": [{"key": "size", "path": "cm"}]}},
                ]
            },
        },
        {"name": "empty", "emptyDir": {}},
        {"name": "mem", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
    ]
    container = shell(script, volumeMounts=mounts("cm", "sec", "down", "proj", "empty", "mem"))
    spec = {"containers": [container], "volumes": volumes, "terminationGracePeriodSeconds": 1}
    await node.create("all", spec, labels={"app": "x", "tier": "y"})
    expected = ["blue", "s3cret", 'app="x"', 'tier="y"', "token-1", "large", "400", "tmpfs", "tmpfs", "777", "readonly"]
    await output(node, "all", *expected)
    await node.client.delete("pods", "all", "default")
    await node.until_gone("all")
    assert await node.left_behind() == []


async def test_a_changed_config_map_reaches_the_container(node: AgentNode) -> None:
    await node.client.create("configmaps", config_map("live", key="one"))
    script = "while ! grep -q two /cm/key; do sleep 0.1; done; cat /cm/key; echo; sleep 1000"
    volumes = [{"name": "cm", "configMap": {"name": "live"}}]
    container = shell(script, volumeMounts=mounts("cm"))
    await node.create("follow", {"containers": [container], "volumes": volumes, "terminationGracePeriodSeconds": 1})
    await node.until_pod("follow", running_status)
    await node.client.patch("configmaps", "live", {"data": {"key": "two"}}, "default")
    await output(node, "follow", "two")


async def test_a_missing_config_map_is_waited_for(node: AgentNode) -> None:
    volumes = [{"name": "cm", "configMap": {"name": "late"}}]
    container = shell("cat /cm/key; echo; sleep 1000", volumeMounts=mounts("cm"))
    await node.create("wait", {"containers": [container], "volumes": volumes, "terminationGracePeriodSeconds": 1})
    text = 'MountVolume.SetUp failed for volume "cm" : configmap "late" not found'
    await node.until(lambda: ("FailedMount", text) in node.events("wait"))
    await node.client.create("configmaps", config_map("late", key="here"))
    await output(node, "wait", "here")


async def test_environment_from_objects(node: AgentNode) -> None:
    await node.client.create("configmaps", config_map("settings", colour="blue"))
    await node.client.create("secrets", secret("keys", password="s3cret"))
    env = [
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}},
        {"name": "JOINED", "value": "$(NAME)-$(PASSWORD)-$$(NAME)-$(NONE)"},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
    ]
    container = shell(
        'echo "$JOINED $X_colour $CPU"; echo "$IP" | cut -c 1-5; hostname; grep -c "^10.*from-env$" /etc/hosts',
        env=env,
        envFrom=[{"prefix": "X_", "configMapRef": {"name": "settings"}}],
        resources={"limits": {"cpu": "250m"}},
    )
    await node.create("from-env", {"containers": [container], "terminationGracePeriodSeconds": 1})
    await output(node, "from-env", "from-env-s3cret-$(NAME)-$(NONE) blue 250", "10.21", "from-env", "1")


async def test_a_missing_key_is_a_config_error(node: AgentNode) -> None:
    await node.client.create("configmaps", config_map("settings", colour="blue"))
    env = [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "taste"}}}]
    await node.create("lack", {"containers": [shell("echo $A; sleep 1000", env=env)]})
    pod = await node.until_pod(
        "lack",
        lambda status: (
            (status.get("containerStatuses") or [{"state": {}}])[0]["state"].get("waiting", {}).get("reason")
            == "CreateContainerConfigError"
        ),
    )
    message = "couldn't find key taste in ConfigMap default/settings"
    assert container_status(pod)["state"]["waiting"]["message"] == message
    assert ("Failed", f"Error: {message}") in node.events("lack")
    await node.client.patch("configmaps", "settings", {"data": {"taste": "sweet"}}, "default")
    await output(node, "lack", "sweet")


async def test_subpaths_and_groups(node: AgentNode) -> None:
    script = "mkdir -p /v/a; echo in > /v/a/file; ln -s / /v/out"
    init = {**shell(script, volumeMounts=mounts("v")), "name": "fill"}
    sub = [
        {"name": "v", "mountPath": "/sub", "subPath": "a"},
        {"name": "v", "mountPath": "/one", "subPath": "a/file"},
        {"name": "v", "mountPath": "/named", "subPathExpr": "logs-$(NAME)"},
    ]
    env = [{"name": "NAME", "value": "x"}]
    script = "cat /sub/file /one; touch /named/t; ls -l /named | grep -c t; stat -c '%g %a' /v; id -G; sleep 1000"
    container = shell(script, volumeMounts=[*sub, *mounts("v")], env=env)
    volumes = [{"name": "v", "emptyDir": {}}]
    security = {"fsGroup": 1234, "runAsUser": 1000, "runAsGroup": 1000}
    spec = {"securityContext": security, "volumes": volumes, "terminationGracePeriodSeconds": 1}
    await node.create("sub", {"initContainers": [init], "containers": [container], **spec})
    await node.until(lambda: "1000" in node.log("sub"))
    lines = node.log("sub").splitlines()
    assert lines[:2] == ["in", "in"]
    assert lines[-2:] == ["1234 2777", "1000 1234"]
    escape = {**container, "volumeMounts": [{"name": "v", "mountPath": "/x", "subPath": "out/etc"}]}
    await node.create("escape", {"initContainers": [init], "containers": [escape], **spec})
    pod = await node.until_pod(
        "escape", lambda status: any("leads out" in str(each) for each in status.get("containerStatuses") or ())
    )
    assert container_status(pod)["state"]["waiting"]["reason"] == "CreateContainerConfigError"
    for name in ("sub", "escape"):
        await node.client.delete("pods", name, "default")
        await node.until_gone(name)
    assert await node.left_behind() == []
