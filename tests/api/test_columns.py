"""What `get` prints of each kind: a row with the wide columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.autoscaling.v1.scale import scale_of
from pybernetes.api.definition import definition_of
from pybernetes.api.events.validation import core_event, events_event
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
_META = {"name": "a", "namespace": "d", "creationTimestamp": "2026-01-01T11:00:00Z"}
_TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}}

ROWS: list[tuple[str, Json, list[Any]]] = [
    ("namespaces", {"status": {"phase": "Active"}}, ["a", "Active", "60m"]),
    (
        "nodes",
        {
            "metadata": {**_META, "labels": {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "x"}},
            "spec": {"unschedulable": True},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
                "nodeInfo": {"kubeletVersion": "v1.36.0", "osImage": "Debian"},
            },
        },
        [
            "a",
            "Ready,SchedulingDisabled",
            "control-plane,x",
            "60m",
            "v1.36.0",
            "10.0.0.1",
            "<none>",
            "Debian",
            "<unknown>",
            "<unknown>",
        ],
    ),
    (
        "services",
        {
            "spec": {
                "type": "NodePort",
                "clusterIP": "10.0.0.1",
                "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
                "selector": {"app": "a"},
            }
        },
        ["a", "NodePort", "10.0.0.1", "<none>", "80:30080/TCP,53/UDP", "60m", "app=a"],
    ),
    (
        "services",
        {"spec": {"type": "LoadBalancer"}},
        ["a", "LoadBalancer", "<none>", "<pending>", "<none>", "60m", "<none>"],
    ),
    (
        "services",
        {"spec": {"type": "ExternalName", "externalName": "x.com"}},
        ["a", "ExternalName", "<none>", "x.com", "<none>", "60m", "<none>"],
    ),
    (
        "replicationcontrollers",
        {
            "spec": {"replicas": 3, "selector": {"app": "a"}, "template": _TEMPLATE},
            "status": {"replicas": 2, "readyReplicas": 1},
        },
        ["a", 3, 2, 1, "60m", "c", "x:1", "app=a"],
    ),
    (
        "replicasets.apps",
        {"spec": {"replicas": 3, "selector": {"matchLabels": {"app": "a"}}, "template": _TEMPLATE}},
        ["a", 3, 0, 0, "60m", "c", "x:1", "app=a"],
    ),
    (
        "deployments.apps",
        {
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "a"}}, "template": _TEMPLATE},
            "status": {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1},
        },
        ["a", "1/3", 2, 1, "60m", "c", "x:1", "app=a"],
    ),
    (
        "endpoints",
        {
            "subsets": [
                {"addresses": [{"ip": f"10.0.0.{i}"} for i in range(1, 6)], "ports": [{"port": 80}]},
            ]
        },
        ["a", "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...", "60m"],
    ),
    ("endpoints", {}, ["a", "<none>", "60m"]),
    (
        "endpointslices.discovery.k8s.io",
        {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}, {}]},
        ["a", "IPv4", "80,*", "10.0.0.1", "60m"],
    ),
    ("configmaps", {"data": {"a": "1"}, "binaryData": {"b": "Mg=="}}, ["a", 2, "60m"]),
    ("secrets", {"type": "Opaque", "data": {"a": "MQ=="}}, ["a", "Opaque", 1, "60m"]),
    ("serviceaccounts", {"secrets": [{"name": "x"}]}, ["a", 1, "60m"]),
    (
        "events",
        {
            "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec"},
            "type": "Normal",
            "reason": "Started",
            "message": " hello ",
            "source": {"component": "kubelet", "host": "n"},
            "firstTimestamp": "2026-01-01T11:50:00Z",
            "lastTimestamp": "2026-01-01T11:59:00Z",
            "count": 4,
        },
        ["60s", "Normal", "Started", "pod/p", "spec", "kubelet, n", "hello", "10m", 4, "a"],
    ),
    (
        "events.events.k8s.io",
        {
            "regarding": {"kind": "Pod", "name": "p"},
            "type": "Normal",
            "reason": "Started",
            "note": "hello",
            "reportingController": "example.com/c",
            "reportingInstance": "i",
            "eventTime": "2026-01-01T11:58:00.000000Z",
        },
        ["2m", "Normal", "Started", "pod/p", "", "example.com/c, i", "hello", "2m", 1, "a"],
    ),
    ("leases.coordination.k8s.io", {"spec": {"holderIdentity": "h"}}, ["a", "h", "60m"]),
    ("roles.rbac.authorization.k8s.io", {}, ["a", "2026-01-01T11:00:00Z"]),
    (
        "rolebindings.rbac.authorization.k8s.io",
        {
            "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s", "namespace": "d"}],
        },
        ["a", "Role/r", "60m", "u", "", "d/s"],
    ),
    (
        "priorityclasses.scheduling.k8s.io",
        {"value": 5, "preemptionPolicy": "Never"},
        ["a", 5, False, "60m", "Never"],
    ),
    ("limitranges", {}, ["a", "2026-01-01T11:00:00Z"]),
    (
        "resourcequotas",
        {"status": {"hard": {"pods": "5", "limits.cpu": "2", "cpu": "1"}, "used": {"pods": "3"}}},
        ["a", "cpu: 0/1, pods: 3/5", "limits.cpu: 0/2", "60m"],
    ),
    ("podtemplates", {"template": _TEMPLATE}, ["a", "c", "x:1", "app=a"]),
    ("jobs.batch", {}, ["a", "Running", "0/1", "", "60m", "", "", "<none>"]),
    (
        "jobs.batch",
        {
            "spec": {"parallelism": 3, "template": _TEMPLATE, "selector": {"matchLabels": {"x": "y"}}},
            "status": {
                "succeeded": 1,
                "startTime": "2026-01-01T11:00:00Z",
                "completionTime": "2026-01-01T11:00:05Z",
                "conditions": [{"type": "Complete", "status": "True"}],
            },
        },
        ["a", "Complete", "1/1 of 3", "5s", "60m", "c", "x:1", "x=y"],
    ),
    (
        "cronjobs.batch",
        {
            "spec": {"schedule": "@daily", "suspend": False, "jobTemplate": {"spec": {"template": _TEMPLATE}}},
            "status": {"active": [{}], "lastScheduleTime": "2026-01-01T11:59:00Z"},
        },
        ["a", "@daily", "<none>", "False", 1, "60s", "60m", "c", "x:1", "<none>"],
    ),
]


@pytest.mark.parametrize(("kind", "obj", "row"), ROWS)
def test_rows(kind: str, obj: Json, row: list[Any]) -> None:
    columns = definition_of(resource(kind)).columns
    assert [column.cell({"metadata": _META, **obj}, NOW) for column in columns] == row


@pytest.mark.parametrize(
    ("kind", "obj", "fields"),
    [
        ("nodes", {"spec": {"unschedulable": True}}, {"spec.unschedulable": "true"}),
        ("secrets", {"type": "Opaque"}, {"type": "Opaque"}),
        ("namespaces", {"status": {"phase": "Active"}}, {"status.phase": "Active"}),
        ("replicationcontrollers", {"status": {"replicas": 2}}, {"status.replicas": "2"}),
        ("replicasets.apps", {}, {"status.replicas": "0"}),
        (
            "events",
            {"involvedObject": {"kind": "Pod", "name": "p"}, "reason": "R", "reportingComponent": "c"},
            {"involvedObject.kind": "Pod", "involvedObject.name": "p", "reason": "R", "source": "c", "type": ""},
        ),
    ],
)
def test_field_selectors(kind: str, obj: Json, fields: dict[str, str]) -> None:
    getters = definition_of(resource(kind)).fields
    assert {name: getters[name](obj) for name in fields} == fields


def test_events_of_both_apis_are_the_same() -> None:
    core = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": _META,
        "involvedObject": {"kind": "Pod"},
        "message": "m",
        "count": 2,
        "reportingComponent": "c",
        "reportingInstance": "",
    }
    shown = events_event(core)
    assert "reportingInstance" not in shown
    assert (shown["apiVersion"], shown["regarding"], shown["note"], shown["deprecatedCount"]) == (
        "events.k8s.io/v1",
        {"kind": "Pod"},
        "m",
        2,
    )
    assert core_event(shown) == core


def test_scale() -> None:
    obj = {
        "metadata": {**_META, "labels": {"x": "y"}, "resourceVersion": "5"},
        "spec": {"replicas": 3, "selector": {"app": "a"}},
        "status": {"replicas": 2},
    }
    assert scale_of(obj) == {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {**_META, "resourceVersion": "5"},
        "spec": {"replicas": 3},
        "status": {"replicas": 2, "selector": "app=a"},
    }
