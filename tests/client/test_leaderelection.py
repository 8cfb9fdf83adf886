"""Leader election: one at a time, whatever happens to the holder, the server or the clock."""

from __future__ import annotations

import asyncio

import pytest

from pybernetes.api.object import Json
from pybernetes.client.leaderelection import ElectionTimes, LeadershipLostError, run_as_leader
from pybernetes.component.clock import FakeClock, settle
from tests.fakes.api import FakeAPI

LEASES = "leases.coordination.k8s.io"


class Candidate:
    """A component that notes when it works."""

    def __init__(self, api: FakeAPI, clock: FakeClock, name: str):
        self.name, self.working = name, False
        self.finish = asyncio.Event()
        self.task = asyncio.create_task(run_as_leader(api.client(), "x", name, self._work, clock=clock))

    async def _work(self) -> None:
        self.working = True
        try:
            await self.finish.wait()
        finally:
            self.working = False

    async def stop(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


def _lease(api: FakeAPI) -> Json:
    found = api.get(LEASES, "kube-system/x")
    assert found is not None
    spec: Json = found["spec"]
    return spec


async def test_one_leads_and_the_other_waits() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    first = Candidate(api, clock, "first")
    await settle()
    second = Candidate(api, clock, "second")
    await settle()
    for _ in range(30):
        await clock.advance(2)
        assert first.working and not second.working
    spec = _lease(api)
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("first", 15, 0)
    assert spec["renewTime"] > spec["acquireTime"]
    await first.stop()
    await second.stop()


async def test_a_clean_stop_hands_over_at_once() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    first = Candidate(api, clock, "first")
    await settle()
    second = Candidate(api, clock, "second")
    await clock.advance(5)
    await first.stop()
    assert not _lease(api).get("holderIdentity")
    await clock.advance(3)
    assert second.working
    assert _lease(api)["leaseTransitions"] == 1
    await second.stop()


async def test_a_holder_that_vanished_is_waited_out() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    gone = {"holderIdentity": "gone", "leaseDurationSeconds": 15, "leaseTransitions": 4}
    await api.client().create(LEASES, {"metadata": {"name": "x", "namespace": "kube-system"}, "spec": gone})
    candidate = Candidate(api, clock, "next")
    await settle()
    await clock.advance(14)
    assert not candidate.working
    await clock.advance(4)
    assert candidate.working
    assert _lease(api)["leaseTransitions"] == 5
    await candidate.stop()


async def test_a_holder_that_cannot_renew_stops_before_another_may_start() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    candidate = Candidate(api, clock, "first")
    await settle()
    await clock.advance(4)
    assert candidate.working
    api.down = True
    await clock.advance(9)
    assert candidate.working
    await clock.advance(4)
    assert not candidate.working
    with pytest.raises(LeadershipLostError):
        await candidate.task


async def test_a_lease_that_another_took_is_lost_at_once() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    candidate = Candidate(api, clock, "first")
    await settle()
    api.change(LEASES, "kube-system/x", lambda lease: lease["spec"].update(holderIdentity="thief"))
    await clock.advance(3)
    with pytest.raises(LeadershipLostError):
        await candidate.task
    assert _lease(api)["holderIdentity"] == "thief"


async def test_a_request_that_hangs_does_not_keep_it_leading() -> None:
    clock = FakeClock()

    class Hanging(FakeAPI):
        hangs = False

        async def request(self, *arguments, **named):  # type: ignore[no-untyped-def]
            if self.hangs:
                await asyncio.Event().wait()
            return await super().request(*arguments, **named)

    api = Hanging(clock)
    candidate = Candidate(api, clock, "first")
    await settle()
    api.hangs = True
    await clock.advance(13)
    with pytest.raises(LeadershipLostError):
        await candidate.task


async def test_work_that_ends_releases_the_lease() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    candidate = Candidate(api, clock, "first")
    await settle()
    candidate.finish.set()
    await candidate.task
    assert not _lease(api).get("holderIdentity")


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ValueError("bug")

    api = FakeAPI()
    with pytest.raises(ValueError, match="bug"):
        await run_as_leader(api.client(), "x", "me", work, clock=FakeClock())
    assert not _lease(api).get("holderIdentity")


@pytest.mark.parametrize("times", [(10, 10, 2), (15, 2, 2)])
def test_times_must_fit_each_other(times: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="must be greater"):
        ElectionTimes(*times)
