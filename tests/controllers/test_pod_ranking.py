"""Which pods go first: one difference at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pybernetes.api.object import Json, format_time
from pybernetes.controllers.pod_ranking import DELETION_COST, deletion_cost, pods_to_delete, rank

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def pod(
    name: str,
    node: str = "n",
    phase: str = "Running",
    ready_seconds: float | None = 1000,
    age_seconds: float = 5000,
    cost: str = "",
    restarts: int = 0,
    sidecar_restarts: int = 0,
) -> Json:
    metadata: Json = {"name": name, "uid": name, "creationTimestamp": _ago(age_seconds)}
    if cost:
        metadata["annotations"] = {DELETION_COST: cost}
    status: Json = {"phase": phase, "containerStatuses": [{"name": "c", "restartCount": restarts}]}
    status["initContainerStatuses"] = [{"name": "s", "restartCount": sidecar_restarts}]
    if ready_seconds is not None:
        condition = {"type": "Ready", "status": "True", "lastTransitionTime": _ago(ready_seconds)}
        status["conditions"] = [condition]
    spec = {"nodeName": node, "initContainers": [{"name": "s", "restartPolicy": "Always"}]}
    return {"metadata": metadata, "spec": spec, "status": status}


def _ago(seconds: float) -> str:
    return format_time(NOW - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("goes", "stays"),
    [
        pytest.param({"node": ""}, {}, id="not bound"),
        pytest.param({"node": "", "phase": "Running"}, {"phase": "Pending"}, id="not bound before all else"),
        pytest.param({"phase": "Pending"}, {"phase": "Unknown"}, id="pending"),
        pytest.param({"phase": "Unknown"}, {"phase": "Running"}, id="unknown"),
        pytest.param({"ready_seconds": None}, {}, id="not ready"),
        pytest.param({"ready_seconds": None, "cost": "100"}, {"cost": "-100"}, id="not ready before cost"),
        pytest.param({"cost": "-1"}, {}, id="cheaper"),
        pytest.param({"cost": "1"}, {"cost": "2"}, id="cost as a number"),
        pytest.param({"ready_seconds": 10}, {"ready_seconds": 1000}, id="ready for a shorter time"),
        pytest.param({"restarts": 3}, {"restarts": 1}, id="more restarts"),
        pytest.param({"sidecar_restarts": 3}, {"sidecar_restarts": 1}, id="more restarts of sidecars"),
        pytest.param({"age_seconds": 10, "ready_seconds": 5}, {"ready_seconds": 5}, id="younger"),
    ],
)
def test_the_first_difference_decides(goes: dict[str, Any], stays: dict[str, Any]) -> None:
    one, other = pod("x", **goes), pod("a", **stays)
    for order in ([one, other], [other, one]):
        assert [found["metadata"]["name"] for found in rank(order, {}, NOW)] == ["x", "a"]


def test_times_of_one_magnitude_are_alike() -> None:
    """Among pods that became ready at about the same time the uid decides, which is as good as chance."""
    one, other = pod("a", ready_seconds=1000), pod("b", ready_seconds=900)
    assert rank([other, one], {}, NOW)[0] is one


def test_relatives_on_the_same_node_make_a_pod_go() -> None:
    alone, crowded = pod("a", node="empty"), pod("b", node="full")
    relatives = [alone, crowded, pod("c", node="full"), pod("gone", node="empty", phase="Failed")]
    assert pods_to_delete([alone, crowded], relatives, 1, NOW) == [crowded]


def test_all_go_without_ranking() -> None:
    pods = [pod("b"), pod("a")]
    assert pods_to_delete(pods, [], 5, NOW) == pods


@pytest.mark.parametrize(
    ("text", "cost"),
    [("5", 5), ("-5", -5), ("+5", 0), ("05", 0), ("x", 0), ("2147483648", 0), ("2147483647", 2**31 - 1)],
)
def test_deletion_cost(text: str, cost: int) -> None:
    assert deletion_cost(pod("a", cost=text)) == cost
