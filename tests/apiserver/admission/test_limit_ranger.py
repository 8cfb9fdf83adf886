"""LimitRanger: what is filled in, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.limit_ranger import claim_violations, pod_violations, set_container_defaults
from tests.apiserver.conftest import Api

PODS = "/api/v1/namespaces/default/pods"
RANGES = "/api/v1/namespaces/default/limitranges"


def limit_range(kind: str, **parts: dict[str, str]) -> Json:
    spec = {"limits": [{"type": kind, **parts}]}
    return {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "limits"}, "spec": spec}


def pod(*resources: dict[str, Any], name: str = "x") -> Json:
    containers = [
        {"name": f"c{index}", "image": "busybox", **({"resources": one} if one else {})}
        for index, one in enumerate(resources)
    ]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers}}


def test_defaults_are_filled_in_where_a_container_says_nothing() -> None:
    wanted = limit_range("Container", default={"cpu": "1", "memory": "1Gi"}, defaultRequest={"cpu": "100m"})
    found = pod({}, {"limits": {"cpu": "2"}})
    found["spec"]["initContainers"] = [{"name": "i", "image": "busybox"}]
    set_container_defaults(found, wanted)
    first, second = found["spec"]["containers"]
    assert first["resources"] == {"requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    assert second["resources"] == {"requests": {"cpu": "100m"}, "limits": {"cpu": "2", "memory": "1Gi"}}
    assert found["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu request for container c0; cpu, memory limit for container c0; "
        "cpu request for container c1; memory limit for container c1; "
        "cpu request for init container i; cpu, memory limit for init container i"
    )


def test_nothing_is_said_where_nothing_was_filled_in() -> None:
    found = pod({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}})
    set_container_defaults(found, limit_range("Container", default={"cpu": "1"}, defaultRequest={"cpu": "1"}))
    set_container_defaults(found, limit_range("Pod", max={"cpu": "1"}))
    assert "annotations" not in found["metadata"]


CPU_1 = {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}
TWICE = {"requests": {"memory": "64Mi"}, "limits": {"memory": "160Mi"}}


@pytest.mark.parametrize(
    ("wanted", "resources", "messages"),
    [
        (
            limit_range("Container", max={"cpu": "500m"}),
            [CPU_1],
            ["maximum cpu usage per Container is 500m, but limit is 1"],
        ),
        (
            limit_range("Container", max={"cpu": "500m"}),
            [{}],
            ["maximum cpu usage per Container is 500m.  No limit is specified"],
        ),
        (
            limit_range("Container", max={"cpu": "500m"}),
            [{"requests": {"cpu": "1"}, "limits": {"cpu": "100m"}}],
            ["maximum cpu usage per Container is 500m, but request is 1"],
        ),
        (
            limit_range("Container", min={"cpu": "2"}),
            [CPU_1],
            ["minimum cpu usage per Container is 2, but request is 1"],
        ),
        (
            limit_range("Container", min={"cpu": "2"}),
            [{}],
            ["minimum cpu usage per Container is 2.  No request is specified"],
        ),
        (
            limit_range("Container", min={"cpu": "2"}),
            [{"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}],
            ["minimum cpu usage per Container is 2, but limit is 1"],
        ),
        (
            limit_range("Container", maxLimitRequestRatio={"memory": "2"}),
            [TWICE],
            ["memory max limit to request ratio per Container is 2, but provided ratio is 2.500000"],
        ),
        (
            limit_range("Container", maxLimitRequestRatio={"cpu": "2"}),
            [{}],
            ["cpu max limit to request ratio per Container is 2, but no request is specified or request is 0"],
        ),
        (
            limit_range("Container", maxLimitRequestRatio={"cpu": "2"}),
            [{"requests": {"cpu": "1"}}],
            ["cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0"],
        ),
        (limit_range("Pod", max={"cpu": "1"}), [CPU_1, CPU_1], ["maximum cpu usage per Pod is 1, but limit is 2"]),
        (
            limit_range("Pod", max={"memory": "256Mi"}),
            [TWICE, TWICE],
            ["maximum memory usage per Pod is 256Mi, but limit is 320Mi"],
        ),
        (limit_range("Pod", max={"cpu": "2"}), [CPU_1, CPU_1], []),
        (limit_range("Container", max={"cpu": "1"}, min={"cpu": "1"}), [CPU_1], []),
        (
            limit_range("Container", max={"cpu": "500m"}, min={"memory": "1Mi"}),
            [CPU_1],
            [
                "minimum memory usage per Container is 1Mi.  No request is specified",
                "maximum cpu usage per Container is 500m, but limit is 1",
            ],
        ),
    ],
)
def test_what_is_outside_the_range(wanted: Json, resources: list[dict[str, Any]], messages: list[str]) -> None:
    assert list(pod_violations(pod(*resources), wanted)) == messages


@pytest.mark.parametrize(
    ("requests", "messages"),
    [
        ({"storage": "3Gi"}, ["maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"]),
        ({"storage": "1Mi"}, ["minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi"]),
        ({"storage": "2Gi"}, []),
    ],
)
def test_claims(requests: dict[str, str], messages: list[str]) -> None:
    claim: Json = {"spec": {"resources": {"requests": requests}}}
    wanted = limit_range("PersistentVolumeClaim", max={"storage": "2Gi"}, min={"storage": "1Gi"})
    assert list(claim_violations(claim, wanted)) == messages


async def test_through_the_server(api: Api) -> None:
    await api.create(RANGES, limit_range("Container", max={"cpu": "500m"}, default={"cpu": "200m"}))
    made = await api.create(PODS, pod({}))
    assert made["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "200m"}, "limits": {"cpu": "200m"}}
    assert made["status"]["qosClass"] == "Burstable"
    status, refused = await api.call("POST", PODS, pod(CPU_1, name="big"))
    assert status == 403
    assert refused["message"] == 'pods "big" is forbidden: maximum cpu usage per Container is 500m, but limit is 1'


async def test_an_update_is_neither_defaulted_nor_checked(api: Api) -> None:
    await api.create(PODS, pod({}))
    await api.create(RANGES, limit_range("Container", max={"cpu": "500m"}))
    labels = {"metadata": {"labels": {"a": "b"}}}
    got = await api.ok("PATCH", f"{PODS}/x", labels, content_type="application/merge-patch+json")
    assert not got["spec"]["containers"][0].get("resources")
