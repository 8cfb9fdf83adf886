"""A write that takes too long is given up, and its client told so."""

from __future__ import annotations

import asyncio

import pytest

from pybernetes.api.errors import APIError
from pybernetes.apiserver import deadline
from pybernetes.apiserver.deadline import REQUEST_SECONDS, Deadlines, seconds_for
from pybernetes.apiserver.http import Request
from tests.apiserver.conftest import Api, config_map


def request(**query: str) -> Request:
    return Request("POST", "/api/v1/namespaces/default/configmaps", query, {})


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("5s", 5.0), ("1m", REQUEST_SECONDS), ("10m", REQUEST_SECONDS), ("0s", REQUEST_SECONDS), ("", REQUEST_SECONDS)],
)
def test_a_request_may_shorten_its_time(given: str, seconds: float) -> None:
    assert seconds_for(request(timeout=given)) == seconds


@pytest.mark.parametrize("query", [{"timeout": "1ms"}, {}])
async def test_a_write_that_never_ends_is_given_up(query: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    if not query:
        monkeypatch.setattr(deadline, "REQUEST_SECONDS", 0.0)
        monkeypatch.setattr(deadline, "_LOOK_SECONDS", 0.0)
    deadlines = Deadlines()
    with pytest.raises(APIError) as late:
        await deadlines.within(request(**query), asyncio.Event().wait)
    task = asyncio.current_task()
    assert task is not None and not task.cancelling()
    assert not deadlines._running
    assert (late.value.code, late.value.reason) == (504, "Timeout")
    assert late.value.status["message"] == (
        "Timeout: request did not complete within requested timeout - context deadline exceeded"
    )


async def test_a_timeout_of_something_else_stays_what_it_is() -> None:
    async def work() -> None:
        raise TimeoutError("of the work's own")

    with pytest.raises(TimeoutError, match="of the work's own"):
        await Deadlines().within(request(), work)


async def test_a_task_that_is_cancelled_stays_so() -> None:
    deadlines = Deadlines()
    task = asyncio.create_task(deadlines.within(request(), asyncio.Event().wait))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not deadlines._running


@pytest.mark.parametrize(("given", "why"), [("soon", 'invalid duration "soon"'), ("5", 'missing unit in duration "5"')])
async def test_a_timeout_that_is_none_is_refused(api: Api, given: str, why: str) -> None:
    status, answer = await api.call(
        "POST", "/api/v1/namespaces/default/configmaps", config_map("a"), query={"timeout": given}
    )
    assert status == 400
    assert answer["message"] == f"invalid timeout specified in the request URL - time: {why}"
