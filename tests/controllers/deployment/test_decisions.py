"""The pure decisions of deployments, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pybernetes.api.object import Json, format_time
from pybernetes.controllers.deployment.progress import (
    condition,
    is_timed_out,
    pause_condition,
    rollout_status,
    seconds_until_deadline,
    with_condition,
)
from pybernetes.controllers.deployment.replica_set import (
    DESIRED,
    MAXIMUM,
    REVISION,
    REVISION_HISTORY,
    annotations_of_new,
    new_replica_set,
    same_template,
)
from pybernetes.controllers.deployment.revisions import find_new, next_revision, to_clean_up
from pybernetes.controllers.deployment.rolling import fenceposts, max_surge, max_unavailable, next_step
from pybernetes.controllers.deployment.scaling import is_scaling, plan_scaling
from tests.fakes.control_plane import deployment, template

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rolling(replicas: int, surge: int | str, unavailable: int | str, **spec: Any) -> Json:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return deployment(replicas=replicas, strategy=strategy, **spec)


def sized(name: str, replicas: int, available: int | None = None, **notes: str) -> Json:
    """A replica set; unless said otherwise, all its pods are available. The one called new is the youngest."""
    created = "z" if name == "new" else name
    return {
        "metadata": {"name": name, "uid": name, "creationTimestamp": created, "generation": 1, "annotations": notes},
        "spec": {"replicas": replicas, "template": template()},
        "status": {
            "replicas": replicas,
            "availableReplicas": replicas if available is None else available,
            "observedGeneration": 1,
        },
    }


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "posts"),
    [
        (10, "25%", "25%", (3, 2)),
        (3, "25%", "25%", (1, 0)),
        (1, "25%", "25%", (1, 0)),
        (4, 1, 0, (1, 0)),
        (10, 0, "1%", (0, 1)),
        (2, 0, 0, (0, 1)),
        (10, "0%", "10%", (0, 1)),
        (10, "100%", "100%", (10, 10)),
    ],
)
def test_fenceposts(replicas: int, surge: int | str, unavailable: int | str, posts: tuple[int, int]) -> None:
    assert fenceposts(rolling(replicas, surge, unavailable)) == posts


def test_recreate_has_no_fenceposts() -> None:
    recreate = deployment(strategy={"type": "Recreate"})
    assert (max_surge(recreate), max_unavailable(recreate)) == (0, 0)
    assert max_unavailable(rolling(0, 1, 1)) == 0
    assert max_unavailable(rolling(2, 1, 5)) == 2


@pytest.mark.parametrize(
    ("new", "old", "steps"),
    [
        pytest.param((0, 0), [(10, 10)], {"new": 3}, id="grow by the surge"),
        pytest.param((3, 0), [(10, 10)], {"old0": 8}, id="shrink by what may be missing"),
        pytest.param((5, 0), [(8, 8)], {}, id="wait for new pods"),
        pytest.param((5, 3), [(8, 8)], {"old0": 5}, id="as many go as became available"),
        pytest.param((5, 5), [(3, 3)], {"new": 10}, id="room for all"),
        pytest.param((3, 0), [(10, 4)], {"old0": 8}, id="unhealthy ones go first"),
        pytest.param((10, 10), [(3, 3)], {"old0": 0}, id="the last old ones go"),
        pytest.param((10, 10), [(2, 0), (1, 1)], {"old0": 0, "old1": 0}, id="several old sets"),
        pytest.param((12, 12), [], {"new": 10}, id="too large"),
        pytest.param((10, 10), [], {}, id="done"),
    ],
)
def test_next_step(new: tuple[int, int], old: list[tuple[int, int]], steps: dict[str, int]) -> None:
    sets = [sized(f"old{index}", *numbers) for index, numbers in enumerate(old)]
    planned = next_step(rolling(10, "25%", "25%"), sized("new", *new), sets)
    assert {step.replica_set["metadata"]["name"]: step.replicas for step in planned} == steps


@given(
    replicas=st.integers(1, 30),
    surge=st.integers(0, 10),
    unavailable=st.integers(0, 10),
    old=st.lists(st.integers(0, 30), min_size=1, max_size=3),
    data=st.data(),
)
@settings(max_examples=200, deadline=None)
def test_a_rollout_ends_and_never_crosses_its_bounds(
    replicas: int, surge: int, unavailable: int, old: list[int], data: st.DataObject
) -> None:
    """Whatever pods become available when: at the end all are new, and no step wants too many or gives up too much."""
    owner = rolling(replicas, surge, unavailable)
    most = max(replicas + max_surge(owner), sum(old))
    sets = [sized(f"old{index}", number) for index, number in enumerate(old)]
    new = sized("new", 0)
    for _ in range(400):
        steps = next_step(owner, new, sets)
        available_before = sum(rs["status"]["availableReplicas"] for rs in (*sets, new))
        for step in steps:
            rs = step.replica_set
            rs["spec"]["replicas"] = step.replicas
            rs["status"]["availableReplicas"] = min(rs["status"]["availableReplicas"], step.replicas)
        assert sum(rs["spec"]["replicas"] for rs in (*sets, new)) <= most
        available = sum(rs["status"]["availableReplicas"] for rs in (*sets, new))
        assert available >= min(available_before, replicas - max_unavailable(owner))
        missing = new["spec"]["replicas"] - new["status"]["availableReplicas"]
        if missing:
            new["status"]["availableReplicas"] += data.draw(st.integers(0 if steps else 1, missing))
        elif not steps:
            break
    assert [rs["spec"]["replicas"] for rs in sets] == [0] * len(sets)
    assert new["spec"]["replicas"] == replicas


def _noted(name: str, replicas: int, desired: int, maximum: int) -> Json:
    return sized(name, replicas, **{DESIRED: str(desired), MAXIMUM: str(maximum)})


@pytest.mark.parametrize(
    ("wanted", "new", "old", "sizes"),
    [
        pytest.param(5, 3, [], {"new": 5}, id="one set"),
        pytest.param(5, None, [3], {"old0": 5}, id="an old set alone"),
        pytest.param(0, 3, [], {"new": 0}, id="to nothing"),
        pytest.param(20, 5, [5], {"new": 10, "old0": 10}, id="alike sets grow alike"),
        pytest.param(5, 5, [5], {"new": 3, "old0": 2}, id="alike sets shrink alike"),
        pytest.param(20, 2, [8], {"new": 4, "old0": 16}, id="each keeps its share"),
        pytest.param(0, 4, [6], {"new": 0, "old0": 0}, id="all to nothing"),
    ],
)
def test_scaling(wanted: int, new: int | None, old: list[int], sizes: dict[str, int]) -> None:
    owner = rolling(wanted, 0, 1)
    new_set = None if new is None else _noted("new", new, 10, 10)
    sets = [_noted(f"old{index}", number, 10, 10) for index, number in enumerate(old)]
    assert is_scaling(owner, [*sets, new_set] if new_set else sets)
    planned = plan_scaling(owner, new_set, sets)
    assert {step.replica_set["metadata"]["name"]: step.replicas for step in planned} == sizes


def test_a_template_is_the_same_but_for_its_hash() -> None:
    one, other = template(), template()
    one["metadata"]["labels"]["pod-template-hash"] = "abc"
    one["metadata"]["creationTimestamp"] = None
    assert same_template(one, other)
    one["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
    other["spec"]["volumes"] = [{"name": "v"}]
    assert not same_template(one, other)


def test_the_oldest_of_equal_sets_is_the_new_one() -> None:
    first, second = sized("a", 1), sized("b", 1)
    assert find_new(deployment(), [second, first]) is first
    assert find_new(deployment(image="other"), [second, first]) is None


def test_names_differ_after_a_collision() -> None:
    owner = {**deployment(), "metadata": {"name": "web", "namespace": "n", "uid": "u"}}
    first = new_replica_set(owner)
    second = new_replica_set({**owner, "status": {"collisionCount": 1}})
    assert first["metadata"]["name"] != second["metadata"]["name"]
    assert new_replica_set(owner) == first


def test_notes_of_revisions() -> None:
    owner = deployment()
    owner["metadata"]["annotations"] = {
        "team": "a",
        REVISION: "9",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }
    fresh = annotations_of_new(owner, sized("new", 0), 4, exists=False)
    assert fresh == {"team": "a", REVISION: "4", DESIRED: "3", MAXIMUM: "4"}
    again = annotations_of_new(owner, sized("new", 0, **fresh), 7, exists=True)
    assert (again[REVISION], again[REVISION_HISTORY]) == ("7", "4")
    assert annotations_of_new(owner, sized("new", 0, **again), 7, exists=True) == again
    assert annotations_of_new(owner, sized("new", 0, **again), 9, exists=True)[REVISION_HISTORY] == "4,7"
    assert next_revision([sized("x", 0, **again), sized("y", 0, **{REVISION: "odd"})]) == 8


def test_clean_up_takes_the_oldest_revisions_that_are_spent() -> None:
    sets = [sized(f"rs{number}", 0, **{REVISION: str(number)}) for number in (5, 1, 10, 3)]
    sets[1]["spec"]["replicas"] = 1
    owner = deployment(revisionHistoryLimit=1)
    assert [rs["metadata"]["name"] for rs in to_clean_up(owner, sets)] == ["rs3", "rs5"]
    assert to_clean_up(deployment(revisionHistoryLimit=2**31 - 1), sets) == []
    assert to_clean_up(deployment(revisionHistoryLimit=4), sets) == []


def _with_progress(seconds_ago: float, reason: str = "ReplicaSetUpdated", **spec: Any) -> Json:
    owner = deployment(progressDeadlineSeconds=60, **spec)
    told = condition("Progressing", "True", reason, "", NOW - timedelta(seconds=seconds_ago))
    return {**owner, "metadata": {**owner["metadata"], "generation": 1}, "status": {"conditions": [told]}}


@pytest.mark.parametrize(
    ("seconds_ago", "reason", "late"),
    [
        (59, "ReplicaSetUpdated", False),
        (61, "ReplicaSetUpdated", True),
        (1, "ProgressDeadlineExceeded", True),
        (1000, "NewReplicaSetAvailable", False),
    ],
)
def test_deadline(seconds_ago: float, reason: str, late: bool) -> None:
    assert is_timed_out(_with_progress(seconds_ago, reason), NOW) is late


def test_when_to_look_at_the_deadline() -> None:
    assert seconds_until_deadline(_with_progress(20), {}, NOW) == 41
    assert seconds_until_deadline(_with_progress(20, "ProgressDeadlineExceeded"), {}, NOW) is None
    assert seconds_until_deadline(deployment(progressDeadlineSeconds=2**31 - 1), {}, NOW) is None


def test_each_step_renews_the_time_but_not_the_transition() -> None:
    owner = _with_progress(30)
    status = rollout_status(owner, [sized("new", 1)], sized("new", 1), NOW)
    told = next(c for c in status["conditions"] if c["type"] == "Progressing")
    assert told["lastUpdateTime"] == format_time(NOW)
    assert told["lastTransitionTime"] == format_time(NOW - timedelta(seconds=30))


@pytest.mark.parametrize(
    ("paused", "reason", "told"),
    [
        (True, "ReplicaSetUpdated", "DeploymentPaused"),
        (True, "DeploymentPaused", None),
        (False, "DeploymentPaused", "DeploymentResumed"),
        (False, "ReplicaSetUpdated", None),
        (True, "ProgressDeadlineExceeded", None),
    ],
)
def test_pausing_is_told(paused: bool, reason: str, told: str | None) -> None:
    found = pause_condition(_with_progress(1, reason, paused=paused), NOW)
    assert (found["reason"] if found else None) == told


def test_a_condition_that_says_the_same_is_kept() -> None:
    before = with_condition({}, condition("A", "True", "R", "first", NOW))
    assert with_condition(before, condition("A", "True", "R", "second", NOW + timedelta(1))) is before
    changed = with_condition(before, condition("A", "True", "Other", "", NOW + timedelta(1)))
    assert changed["conditions"][0]["lastTransitionTime"] == format_time(NOW)
    flipped = with_condition(before, condition("A", "False", "R", "", NOW + timedelta(1)))
    assert flipped["conditions"][0]["lastTransitionTime"] == format_time(NOW + timedelta(1))
