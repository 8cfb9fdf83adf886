"""Resizes, evictions and static pods: the decisions."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json
from pybernetes.kubelet.eviction import Observation, Pressure, Usage, eviction_message, rank, shortages
from pybernetes.kubelet.mirror_pods import is_mirror_of, mirror_of
from pybernetes.kubelet.pod_spec import is_mirror, is_static
from pybernetes.kubelet.resize import changes, feasible, given_before
from pybernetes.kubelet.static_pods import ManifestError, parse_manifest
from tests.kubelet.pod_values import EXITED, RUNNING, container, pod_of, runtime_of, sandbox_of


def sized(cpu: str, *, policy: str = "", **spec: object) -> Json:
    container: Json = {"name": "a", "image": "busybox", "resources": {"requests": {"cpu": cpu}}}
    if policy:
        container["resizePolicy"] = [{"resourceName": "cpu", "restartPolicy": policy}]
    return pod_of(container, **spec)


GIVEN = {"a": {"requests": {"cpu": "1"}}}


@pytest.mark.parametrize(
    ("cpu", "policy", "expected"),
    [
        ("1", "", []),
        ("1000m", "", []),
        ("2", "", [False]),
        ("2", "NotRequired", [False]),
        ("2", "RestartContainer", [True]),
    ],
)
def test_what_is_resized(cpu: str, policy: str, expected: list[bool]) -> None:
    runtime = runtime_of(("a", RUNNING), sandbox=sandbox_of())
    assert [change.restart for change in changes(sized(cpu, policy=policy), runtime, GIVEN)] == expected


def test_only_what_runs_is_resized() -> None:
    assert changes(sized("2"), runtime_of(container("a", EXITED), sandbox=sandbox_of()), GIVEN) == []
    assert changes(sized("2"), runtime_of(("a", RUNNING), sandbox=sandbox_of()), {}) == []


def test_what_was_given_is_read_from_the_status() -> None:
    entry = {"name": "a", "containerID": "containerd://a-0", "resources": {"requests": {"cpu": "1"}}}
    pod = pod_of("a", status={"containerStatuses": [entry]})
    runtime = runtime_of(("a", RUNNING), sandbox=sandbox_of())
    assert given_before(pod, runtime) == GIVEN
    entry["containerID"] = "containerd://another"
    assert given_before(pod, runtime) == {}


@pytest.mark.parametrize(
    ("cpu", "others", "reason"),
    [("2", [], None), ("5", [], "Infeasible"), ("3", [sized("2")], "Deferred"), ("2", [sized("2")], None)],
)
def test_what_fits(cpu: str, others: list[Json], reason: str | None) -> None:
    refusal = feasible(sized(cpu), others, {"cpu": "4", "memory": "1Gi"})
    assert (refusal.reason if refusal is not None else None) == reason


ENOUGH = {"memory_available": 1 << 30, "disk_available": 50, "disk_capacity": 100, "inodes_free": 50, "inodes": 100,
          "pids_available": 50, "pids_capacity": 100}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, []),
        ({"memory_available": 1 << 20}, [(Pressure.MEMORY, "100Mi", "1024Ki")]),
        ({"disk_available": 9}, [(Pressure.DISK, "10", "0Ki")]),
        ({"inodes_free": 4}, [(Pressure.DISK, "5", "4")]),
        ({"pids_available": 9}, [(Pressure.PID, "10", "9")]),
    ],
)
def test_shortages(seen: Json, expected: list[tuple[Pressure, str, str]]) -> None:
    found = shortages(Observation(**{**ENOUGH, **seen}))
    assert [(each.pressure, each.threshold, each.available) for each in found] == expected


def using(uid: str, request: str = "", priority: int = 0) -> Json:
    spec: Json = {"name": "a"}
    if request:
        spec["resources"] = {"requests": {"memory": request}}
    pod = pod_of(spec, priority=priority)
    pod["metadata"]["uid"] = uid
    return pod


def test_who_goes_first() -> None:
    pods = [
        using("within", "100Mi"),
        using("important", priority=10),
        using("greedy"),
        using("modest"),
        using("critical", priority=2_000_000_000),
    ]
    usage = {
        "within": Usage(memory=50 << 20),
        "important": Usage(memory=900 << 20),
        "greedy": Usage(memory=80 << 20),
        "modest": Usage(memory=10 << 20),
        "critical": Usage(memory=999 << 20),
    }
    order = [pod["metadata"]["uid"] for pod in rank(pods, usage, Pressure.MEMORY)]
    assert order == ["greedy", "modest", "important", "within"]


def test_what_is_said() -> None:
    (shortage,) = shortages(Observation(**{**ENOUGH, "memory_available": 1 << 20}))
    text = eviction_message(using("x", "1Mi"), shortage, Usage(memory=2 << 20, container_memory={"a": 2 << 20}))
    assert text == (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 1024Ki. "
        "Container a was using 2048Ki, request is 1Mi, has larger consumption of memory. "
    )


MANIFEST = b"{apiVersion: v1, kind: Pod, metadata: {name: x, labels: {a: b}}, spec: {containers: [{name: a}]}}"


def test_static_pods() -> None:
    pod = parse_manifest(MANIFEST, "node-1")
    assert (pod["metadata"]["name"], pod["metadata"]["namespace"]) == ("x-node-1", "default")
    assert is_static(pod) and not is_mirror(pod)
    assert parse_manifest(MANIFEST, "node-1") == pod
    assert parse_manifest(MANIFEST.replace(b"b}", b"c}"), "node-1")["metadata"]["uid"] != pod["metadata"]["uid"]
    mirror = mirror_of(pod, {"metadata": {"name": "node-1", "uid": "n"}})
    assert is_mirror(mirror) and is_mirror_of(mirror, pod)
    assert "uid" not in mirror["metadata"]
    assert mirror["metadata"]["ownerReferences"][0]["kind"] == "Node"


@pytest.mark.parametrize("text", [b"", b"kind: Pod", b"{kind: Service, metadata: {name: x}}", b"[", b"\tx"])
def test_what_is_no_static_pod(text: bytes) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(text, "node-1")
