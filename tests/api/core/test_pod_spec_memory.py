"""Specs that are known to be valid, and what tells two of them apart."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.core.pod_spec_memory import SpecMemory, spec_key
from pybernetes.api.core.pod_validation import validate_pod
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

TOKEN = "kube-api-access-abcde"
OTHER_TOKEN = "kube-api-access-xyz24"


def spec(volume: str = TOKEN, mount: str = TOKEN, **fields: Any) -> Json:
    container = {
        "name": "web",
        "image": "web:1",
        "imagePullPolicy": "Always",
        "terminationMessagePolicy": "File",
        "volumeMounts": [{"name": mount, "mountPath": "/token"}],
    }
    return {
        "containers": [container],
        "volumes": [{"name": volume, "emptyDir": {}}],
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "terminationGracePeriodSeconds": 30,
        "securityContext": {},
        **fields,
    }


def found(given: Json) -> list[str]:
    errors = ErrorList()
    validate_pod({"metadata": {"name": "a", "resourceVersion": "1"}, "spec": given}, errors)
    return [cause["field"] for cause in errors.causes]


def test_pods_of_a_template_are_alike() -> None:
    assert spec_key(spec()) == spec_key(spec(OTHER_TOKEN, OTHER_TOKEN, nodeName="node-1", hostname="web-0"))


@pytest.mark.parametrize(
    "other",
    [
        spec(mount=OTHER_TOKEN),
        spec(volume="kube-api-access-*", mount="kube-api-access-*"),
        spec(volume="\0", mount="\0"),
        spec(priority=1),
    ],
)
def test_anything_else_tells_them_apart(other: Json) -> None:
    assert spec_key(other) != spec_key(spec())


@pytest.mark.parametrize(
    "other", [spec(volumes=[{"name": "a", "ephemeral": {}}]), spec(schedulerName="x" * 10_000), spec(priority=1 << 70)]
)
def test_some_have_no_key(other: Json) -> None:
    assert spec_key(other) is None


def test_what_is_wrong_is_found_after_the_same_was_right() -> None:
    assert found(spec()) == []
    assert found(spec(nodeName="node-1")) == []
    assert found(spec(nodeName="no node", hostname="no.host")) == ["spec.nodeName", "spec.hostname"]
    assert found(spec(mount=OTHER_TOKEN)) == ["spec.containers[0].volumeMounts[0].name"]
    assert found(spec(mount=OTHER_TOKEN)) == ["spec.containers[0].volumeMounts[0].name"]
    assert found(spec(OTHER_TOKEN, OTHER_TOKEN)) == []


def test_the_oldest_are_forgotten() -> None:
    memory = SpecMemory()
    for number in range(1000):
        memory.add(b"%d" % number)
    assert b"0" not in memory
    assert b"999" in memory
    assert None not in memory
