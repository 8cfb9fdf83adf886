"""The limits of a server without priority and fairness."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.flowcontrol.control import TooManyRequests
from pybernetes.apiserver.flowcontrol.in_flight import InFlight
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.user import MASTERS_GROUP, User
from tests.apiserver.conftest import Api, running

ANN, ROOT = User("ann"), User("root", (MASTERS_GROUP,))


def asks(verb: str, user: User = ANN, subresource: str = "") -> Attributes:
    return Attributes(user, verb, resource="pods", subresource=subresource)


async def test_reads_and_writes_have_places_of_their_own() -> None:
    limits = InFlight(2, 1)
    first, second = limits.enter(asks("get")), limits.enter(asks("list"))
    assert first is not None and second is not None
    assert limits.enter(asks("get")) is None
    writing = limits.enter(asks("create"))
    assert writing is not None and limits.enter(asks("delete")) is None
    with pytest.raises(TooManyRequests):
        await limits.wait(asks("get"))
    first.close()
    assert limits.enter(asks("get")) is not None
    assert (limits.reads.taken, limits.writes.taken) == (2, 1)


def test_masters_are_served_regardless_and_zero_is_no_limit() -> None:
    limits = InFlight(1, 0)
    assert limits.enter(asks("get")) is not None
    regardless = limits.enter(asks("get", ROOT))
    assert regardless is not None
    regardless.close()
    assert limits.reads.taken == 1
    assert all(limits.enter(asks("create")) is not None for _ in range(1000))


@pytest.mark.parametrize(
    ("attributes", "limited"),
    [(asks("get"), True), (asks("watch"), False), (asks("create", subresource="exec"), False)],
)
def test_what_goes_on_for_long_takes_no_place(attributes: Attributes, limited: bool) -> None:
    assert InFlight.controls(attributes) is limited


async def test_who_finds_no_place_is_told_to_come_again(tmp_path: Path) -> None:
    options = Options(tmp_path, secure_port=-1, priority_and_fairness=False, max_requests_in_flight=1)
    async with running(options) as server:
        limits = server.handler._limits
        assert isinstance(limits, InFlight) and limits.reads.take()
        answer = await Api(server).as_user("ann").answer("GET", "/api/v1/pods")
        assert isinstance(answer, Response) and answer.headers is not None
        assert (answer.status, answer.headers["retry-after"]) == (429, "1")
        limits.reads.close()
        assert (await Api(server).as_user("ann").call("GET", "/api/v1/pods"))[0] == 403
