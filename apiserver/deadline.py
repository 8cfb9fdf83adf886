"""How long a write may take: a minute, or what the request says in ``?timeout=`` if that is shorter.

A request that is not done by then is given up and told so; whether its write has happened it must find out, as after
any answer that got lost. Reads are answered from memory and need no such limit; streams set their own.

Counterpart: apiserver/pkg/endpoints/filters/request_deadline.go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pybernetes.api.errors import APIError, bad_request, timeout
from pybernetes.apiserver.http import Request
from pybernetes.component.duration import duration_seconds

REQUEST_SECONDS = 60.0
LIMITED = frozenset(("create", "update", "patch", "delete", "deletecollection"))
Answered = TypeVar("Answered")


def seconds_for(request: Request) -> float:
    """The limit of a request. Raises 400 for a timeout that is no duration."""
    given = request.query.get("timeout")
    if not given:
        return REQUEST_SECONDS
    try:
        seconds = duration_seconds(given)
    except ValueError:
        raise _invalid(f'invalid duration "{given}"') from None
    if given[-1].isdigit() and seconds:
        raise _invalid(f'missing unit in duration "{given}"')
    return seconds if 0 < seconds < REQUEST_SECONDS else REQUEST_SECONDS


def _invalid(why: str) -> APIError:
    return bad_request(f"invalid timeout specified in the request URL - time: {why}")


async def within(request: Request, work: Callable[[], Awaitable[Answered]]) -> Answered:
    """The result of the work. Raises 504 when the time is over."""
    try:
        async with asyncio.timeout(seconds_for(request)) as limit:
            return await work()
    except TimeoutError:
        if not limit.expired():
            raise
        raise timeout(
            "Timeout: request did not complete within requested timeout - context deadline exceeded"
        ) from None
