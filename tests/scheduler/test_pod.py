"""Pods that are alike share a class, and what is theirs alone does not keep them apart."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.scheduler.pod import HostPort
from pybernetes.scheduler.pod_reader import PodClasses, normalized_image
from tests.scheduler.cluster_objects import a_pod

classes = PodClasses()


def pinned_to(name: str, **more: Any) -> dict[str, Any]:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}], **more}
    required = {"nodeSelectorTerms": [term]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}


def test_pods_of_one_template_share_a_class() -> None:
    one = classes.read(a_pod("p1", cpu="1", status={"startTime": "2026-01-01T00:00:00Z"}))
    two = classes.read(a_pod("p2", cpu="1", node="n1", volumes=[{"name": "kube-api-access-x", "projected": {}}]))
    assert one.cls is two.cls and (one.node, two.node) == ("", "n1")


@pytest.mark.parametrize(
    "parts",
    [
        {"cpu": "2"},
        {"labels": {"a": "b"}},
        {"namespace": "team"},
        {"priority": 1},
        {"image": "other"},
        {"ports": [{"hostPort": 80}]},
        {"tolerations": [{"operator": "Exists"}]},
        {"nodeSelector": {"a": "b"}},
        {"overhead": {"cpu": "1"}},
        {"preemptionPolicy": "Never"},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_different_requirements_make_different_classes(parts: dict[str, Any]) -> None:
    assert classes.read(a_pod("p", **{"cpu": "1", **parts})).cls is not classes.read(a_pod("p", cpu="1")).cls


def test_labels_do_not_keep_local_requirements_apart() -> None:
    one, two = (classes.read(a_pod(name, cpu="1", labels={"pod-name": name})) for name in ("p1", "p2"))
    assert one.cls is not two.cls and one.cls.local is two.cls.local


def test_pods_of_a_daemon_set_share_a_class_and_keep_their_node() -> None:
    one, two = (classes.read(a_pod("p", **pinned_to(node))) for node in ("n1", "n2"))
    assert one.cls is two.cls
    assert (one.pinned, two.pinned) == ({"n1"}, {"n2"})
    assert one.cls.local.required.matches_all


def test_what_else_an_affinity_requires_stays() -> None:
    expression = [{"key": "disk", "operator": "Exists"}]
    pod = classes.read(a_pod("p", **pinned_to("n1", matchExpressions=expression)))
    assert pod.pinned == {"n1"}
    assert pod.cls.local.required.matches({"disk": "ssd"}, "n2") and not pod.cls.local.required.matches({}, "n1")


def test_a_resize_that_is_under_way_counts_with_the_larger_amount() -> None:
    status = {"containerStatuses": [{"name": "c", "allocatedResources": {"cpu": "3"}}]}
    assert dict(classes.read(a_pod("p", cpu="1", node="n", status=status)).cls.local.requests) == {"cpu": 3000}


def test_claims_of_the_pod() -> None:
    volumes = [
        {"name": "a", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "b", "ephemeral": {"volumeClaimTemplate": {}}},
        {"name": "c", "emptyDir": {}},
    ]
    assert classes.read(a_pod("p", volumes=volumes)).claims == (("data", False), ("p-b", True))


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        (HostPort("0.0.0.0", "TCP", 80), HostPort("10.0.0.1", "TCP", 80), True),
        (HostPort("10.0.0.1", "TCP", 80), HostPort("10.0.0.1", "TCP", 80), True),
        (HostPort("10.0.0.1", "TCP", 80), HostPort("10.0.0.2", "TCP", 80), False),
        (HostPort("0.0.0.0", "TCP", 80), HostPort("0.0.0.0", "UDP", 80), False),
        (HostPort("0.0.0.0", "TCP", 80), HostPort("0.0.0.0", "TCP", 81), False),
    ],
)
def test_ports_that_conflict(one: HostPort, other: HostPort, conflict: bool) -> None:
    assert one.conflicts(other) is other.conflicts(one) is conflict


@pytest.mark.parametrize(
    ("image", "named"),
    [
        ("nginx", "nginx:latest"),
        ("nginx:1", "nginx:1"),
        ("host:5000/nginx", "host:5000/nginx:latest"),
        ("host:5000/nginx:1", "host:5000/nginx:1"),
        ("nginx@sha256:abc", "nginx@sha256:abc"),
    ],
)
def test_names_of_images(image: str, named: str) -> None:
    assert normalized_image(image) == named


def test_forgetting_classes_costs_a_second_copy_only() -> None:
    few = PodClasses(limit=2)
    first = few.read(a_pod("p", cpu="1"))
    for cpu in ("2", "3", "4"):
        few.read(a_pod("p", cpu=cpu))
    again = few.read(a_pod("p", cpu="1"))
    assert again.cls is not first.cls and again.cls.local == first.cls.local
