"""Resources, quality of service, taints, node affinity and conditions of pods: this in, that out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.core.node_affinity import (
    compile_node_selector,
    preference,
    preferred_terms,
    required_node_affinity,
)
from pybernetes.api.core.pod_conditions import (
    is_active,
    is_pod_available,
    is_pod_ready,
    is_terminal,
    seconds_until_available,
)
from pybernetes.api.core.pod_resources import pod_limits, pod_requests, qos_class
from pybernetes.api.core.taints import (
    format_taint,
    matching_tolerations,
    tolerates,
    toleration_seconds,
    untolerated_taint,
)
from pybernetes.api.object import Json

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def _c(requests: Json | None = None, limits: Json | None = None, **more: Any) -> Json:
    resources = {"requests": requests or {}, "limits": limits or {}}
    return {"name": more.pop("name", "c"), "resources": resources, **more}


def _pod(*containers: Json, init: list[Json] | None = None, **spec: Any) -> Json:
    return {"spec": {"containers": list(containers), "initContainers": init or [], **spec}}


@pytest.mark.parametrize(
    ("pod", "requests"),
    [
        (_pod(_c()), {}),
        (_pod(_c({"cpu": "100m", "memory": "1Ki"}), _c({"cpu": "1"})), {"cpu": 1100, "memory": 1024}),
        (_pod(_c({"cpu": "1"}), init=[_c({"cpu": "3"}), _c({"cpu": "2"})]), {"cpu": 3000}),
        (_pod(_c({"cpu": "1"}), init=[_c({"cpu": "1"}, restartPolicy="Always")]), {"cpu": 2000}),
        (
            _pod(_c({"cpu": "1"}), init=[_c({"cpu": "1"}, restartPolicy="Always"), _c({"cpu": "5"})]),
            {"cpu": 6000},
        ),
        (
            _pod(_c({"cpu": "1"}), init=[_c({"cpu": "5"}), _c({"cpu": "1"}, restartPolicy="Always")]),
            {"cpu": 5000},
        ),
        (_pod(_c({"cpu": "1"}), overhead={"cpu": "250m", "memory": "1Mi"}), {"cpu": 1250, "memory": 1024**2}),
        (_pod(_c({"cpu": "1"}), resources={"requests": {"cpu": "3", "memory": "1Ki"}}), {"cpu": 3000, "memory": 1024}),
        (_pod(_c({"example.com/gpu": "2"})), {"example.com/gpu": 2}),
    ],
)
def test_requests(pod: Json, requests: Json) -> None:
    assert pod_requests(pod) == requests


def test_limits_and_overhead() -> None:
    pod = _pod(_c({}, {"cpu": "1"}), overhead={"cpu": "250m", "memory": "1Mi"})
    assert pod_limits(pod) == {"cpu": 1250}


def test_a_resize_under_way_counts_with_the_larger_amount() -> None:
    pod = _pod(_c({"cpu": "1"}))
    pod["status"] = {"containerStatuses": [{"name": "c", "allocatedResources": {"cpu": "2"}}]}
    assert (pod_requests(pod), pod_requests(pod, use_status=True)) == ({"cpu": 1000}, {"cpu": 2000})


_FULL = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("pod", "quality"),
    [
        (_pod(_c()), "BestEffort"),
        (_pod(_c({"cpu": "0"})), "BestEffort"),
        (_pod(_c({"cpu": "1"})), "Burstable"),
        (_pod(_c(_FULL, _FULL)), "Guaranteed"),
        (_pod(_c(_FULL, _FULL), _c()), "Burstable"),
        (_pod(_c(_FULL, {"cpu": "1"})), "Burstable"),
        (_pod(_c({"cpu": "500m", "memory": "1Gi"}, _FULL)), "Burstable"),
        (_pod(_c(_FULL, _FULL), init=[_c({"cpu": "1"})]), "Burstable"),
        (_pod(_c(), resources={"requests": _FULL, "limits": _FULL}), "Guaranteed"),
        (_pod(_c({"ephemeral-storage": "1Gi"})), "BestEffort"),
    ],
)
def test_quality_of_service(pod: Json, quality: str) -> None:
    assert qos_class(pod) == quality


_TAINT = {"key": "k", "value": "v", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "k", "operator": "Exists"}, True),
        ({"key": "k", "value": "v"}, True),
        ({"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}, True),
        ({"key": "k", "value": "w"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_tolerations(toleration: Json, tolerated: bool) -> None:
    assert tolerates(toleration, _TAINT) is tolerated


def test_taints_of_a_node() -> None:
    soft = {"key": "s", "effect": "PreferNoSchedule"}
    assert untolerated_taint([soft, _TAINT], []) == _TAINT
    assert untolerated_taint([soft], []) is None
    assert matching_tolerations([_TAINT], [{"operator": "Exists", "tolerationSeconds": 5}]) == (
        True,
        [{"operator": "Exists", "tolerationSeconds": 5}],
    )
    assert [toleration_seconds(t) for t in ([], [{}], [{"tolerationSeconds": 5}, {"tolerationSeconds": -1}])] == [
        None,
        None,
        0,
    ]
    assert [format_taint(t) for t in (_TAINT, soft)] == ["k=v:NoSchedule", "s:PreferNoSchedule"]


def _term(*requirements: tuple[str, str, list[str]]) -> Json:
    return {"matchExpressions": [{"key": k, "operator": o, "values": v} for k, o, v in requirements]}


@pytest.mark.parametrize(
    ("terms", "matches"),
    [
        ([], False),
        ([{}], False),
        ([_term(("zone", "In", ["a", "b"]))], True),
        ([_term(("zone", "NotIn", ["a"]))], False),
        ([_term(("zone", "Exists", []))], True),
        ([_term(("gone", "DoesNotExist", []))], True),
        ([_term(("cores", "Gt", ["3"]))], True),
        ([_term(("cores", "Lt", ["4"]))], False),
        ([_term(("cores", "Gt", ["x"]))], False),
        ([_term(("zone", "In", ["b"]), ("cores", "Exists", []))], False),
        ([_term(("zone", "In", ["b"])), _term(("cores", "Exists", []))], True),
        ([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}], True),
        ([{"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["n1"]}]}], False),
    ],
)
def test_node_selectors(terms: list[Json], matches: bool) -> None:
    node = {"metadata": {"name": "n1", "labels": {"zone": "a", "cores": "4"}}}
    assert compile_node_selector({"nodeSelectorTerms": terms}).matches_node(node) is matches


def test_required_and_preferred_affinity() -> None:
    affinity = {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_term(("zone", "In", ["a"]))]},
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 5, "preference": _term(("disk", "Exists", []))},
            {"weight": 7, "preference": _term(("zone", "In", ["a"]))},
            {"weight": 9, "preference": {}},
        ],
    }
    pod = {"spec": {"nodeSelector": {"os": "linux"}, "affinity": {"nodeAffinity": affinity}}}
    required = required_node_affinity(pod)
    assert required.matches({"os": "linux", "zone": "a"}, "n")
    assert not required.matches({"os": "linux", "zone": "b"}, "n")
    assert not required.matches({"zone": "a"}, "n")
    assert preference(preferred_terms(pod), {"zone": "a", "disk": "x"}, "n") == 12
    assert required_node_affinity({}).matches_all


def _ready(since: str) -> Json:
    return {"status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": since}]}}


def test_conditions() -> None:
    pod = _ready("2026-01-01T11:59:50Z")
    assert is_pod_ready(pod)
    assert not is_pod_ready({})
    assert is_pod_available(pod, 0, NOW)
    assert is_pod_available(pod, 10, NOW)
    assert not is_pod_available(pod, 11, NOW)
    assert [seconds_until_available(pod, seconds, NOW) for seconds in (0, 10, 15)] == [0, 0, 5]
    assert seconds_until_available({}, 0, NOW) is None
    assert is_terminal({"status": {"phase": "Failed"}})
    assert is_active({"status": {"phase": "Running"}})
    assert not is_active({"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Running"}})
