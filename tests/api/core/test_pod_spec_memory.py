"""Specs that are known to be valid, and what tells two of them apart."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from pybernetes.api.core import pod_warnings
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


def random_pod(random: Random) -> Json:
    """Two pods of different seeds often have the same spec, or differ in one thing that there is to warn of."""
    container = {"name": "web", "image": "web:1"}
    if random.random() < 0.5:
        container["resources"] = {"requests": {"memory": random.choice(("100m", "1Gi"))}}
    if random.random() < 0.3:
        container["env"] = [{"name": "A", "value": "1"}, {"name": random.choice("AB"), "value": "2"}]
    made = spec(random.choice((TOKEN, OTHER_TOKEN)), TOKEN, containers=[container])
    if random.random() < 0.3:
        made["nodeSelector"] = {random.choice(("beta.kubernetes.io/os", "kubernetes.io/os")): "linux"}
    annotations = {random.choice(("example.com/a", "seccomp.security.alpha.kubernetes.io/pod")): "x"}
    return {"metadata": {"name": "a", "annotations": annotations} if random.random() < 0.4 else {}, "spec": made}


def test_what_there_is_to_warn_of_is_the_same_with_a_memory_as_without() -> None:
    warned = 0
    for seed in range(2000):
        pod = random_pod(Random(seed))
        expected = list(pod_warnings._warnings(pod["metadata"], pod["spec"], ""))
        warned += bool(expected)
        assert pod_warnings.pod_warnings(pod, None) == expected, seed
    assert 500 < warned < 1900
