"""What controllers share: expectations, slow starts, claims, status writing, options."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybernetes.api.object import Json
from pybernetes.api.selectors import selector_from_object
from pybernetes.component.clock import FakeClock
from pybernetes.component.duration import duration_seconds
from pybernetes.controllers.expectations import Expectations
from pybernetes.controllers.options import Options, add_options, options_from
from pybernetes.controllers.ownership import Claim, decide_claim
from pybernetes.controllers.slow_start import slow_start
from pybernetes.controllers.status_writer import same_value, write_status
from tests.fakes.api import FakeAPI


async def test_expectations() -> None:
    clock = FakeClock()
    expectations = Expectations(clock)
    assert expectations.satisfied("a")
    expectations.expect_creations("a", 2)
    expectations.creation_observed("a")
    assert not expectations.satisfied("a")
    expectations.creation_observed("a")
    assert expectations.satisfied("a")
    expectations.expect_deletions("a", ["x", "y"])
    for uid in ("x", "x", "stranger"):
        expectations.deletion_observed("a", uid)
    assert not expectations.satisfied("a")
    await clock.advance(301)
    assert expectations.satisfied("a")
    expectations.expect_creations("a", 1)
    expectations.forget("a")
    assert expectations.satisfied("a")


@given(count=st.integers(0, 200), works=st.integers(0, 200))
def test_slow_start_doubles_and_stops_at_the_first_failure(count: int, works: int) -> None:
    running, most, started = 0, 0, 0

    async def act() -> None:
        nonlocal running, most, started
        started += 1
        number, running = started, running + 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        if number > works:
            raise ValueError(number)

    done, error = asyncio.run(slow_start(count, act))
    assert done == min(count, works)
    assert (error is not None) == (count > works)
    assert started <= min(count, max(1, 2 * works + 1) + 1)
    assert most <= max(1, (started + 1) // 2)


def _owner(**metadata: str) -> Json:
    return {"metadata": {"uid": "me", "namespace": "n", **metadata}}


@pytest.mark.parametrize(
    ("owner", "labels", "owner_uid", "deleting", "claim"),
    [
        (_owner(), "web", "me", False, Claim.KEEP),
        (_owner(), "other", "me", False, Claim.RELEASE),
        (_owner(deletionTimestamp="x"), "other", "me", False, Claim.LEAVE),
        (_owner(deletionTimestamp="x"), "web", "me", False, Claim.KEEP),
        (_owner(), "web", "another", False, Claim.LEAVE),
        (_owner(), "web", "", False, Claim.ADOPT),
        (_owner(), "other", "", False, Claim.LEAVE),
        (_owner(), "web", "", True, Claim.LEAVE),
        (_owner(deletionTimestamp="x"), "web", "", False, Claim.LEAVE),
        (_owner(namespace="elsewhere"), "web", "", False, Claim.LEAVE),
    ],
)
def test_decide_claim(owner: Json, labels: str, owner_uid: str, deleting: bool, claim: Claim) -> None:
    obj: Json = {"metadata": {"namespace": "n", "labels": {"app": labels}}}
    if owner_uid:
        obj["metadata"]["ownerReferences"] = [{"uid": owner_uid, "controller": True}]
    if deleting:
        obj["metadata"]["deletionTimestamp"] = "x"
    assert decide_claim(owner, obj, selector_from_object({"matchLabels": {"app": "web"}})) is claim


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"replicas": 0, "conditions": []}, {}, True),
        ({"a": {"b": None}}, {}, True),
        ({"ready": False}, {}, False),
        ({"replicas": 1}, {}, False),
        ({"list": [{"a": 0}]}, {"list": [{}]}, True),
    ],
)
def test_same_value(one: Json, other: Json, same: bool) -> None:
    assert same_value(one, other) is same


async def test_a_status_is_not_written_to_a_namesake() -> None:
    api = FakeAPI()
    client = api.client()
    old = await client.create("pods", {"metadata": {"name": "p", "namespace": "n"}, "spec": {}})
    await client.delete("pods", "p", "n")
    await client.create("pods", {"metadata": {"name": "p", "namespace": "n"}, "spec": {}})
    await write_status(client, "pods", old, {"phase": "Failed"})
    assert (api.get("pods", "n/p") or {})["status"]["phase"] == "Pending"


@pytest.mark.parametrize(
    ("text", "seconds"), [("40", 40), ("40s", 40), ("1m30s", 90), ("500ms", 0.5), ("5m0s", 300), ("1.5h", 5400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


def test_flags_become_options() -> None:
    parser = ArgumentParser()
    add_options(parser)
    assert options_from(parser.parse_args([])) == Options()
    given = ["--controllers=*,-foo", "--node-monitor-grace-period=40s", "--concurrent-gc-syncs=3"]
    options = options_from(parser.parse_args(given))
    assert (options.node_monitor_grace_period, options.concurrent_gc_syncs) == (40, 3)
    assert options.is_enabled("bar") and not options.is_enabled("foo")
    assert not Options(controllers=("foo",)).is_enabled("bar")
    assert Options(controllers=("foo",)).is_enabled("foo")
    with pytest.raises(ValueError, match="--concurrent-gc-syncs must be greater than 0"):
        Options(concurrent_gc_syncs=0)
