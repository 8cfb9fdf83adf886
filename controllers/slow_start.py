"""Doing many alike things, carefully at first: 1, 2, 4, … at once, and no more after a failure.

When a quota or an admission plugin refuses the first pod, it would refuse the other 499 too: so try one, and double
as long as all goes well. Counterpart: slowStartBatch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def slow_start(count: int, act: Callable[[], Awaitable[None]]) -> tuple[int, BaseException | None]:
    """Call `act` up to `count` times. Returns how many succeeded, and the first error if any failed."""
    remaining, done, size = count, 0, min(count, 1)
    while size > 0:
        errors = await failures(act() for _ in range(size))
        done += size - len(errors)
        if errors:
            return done, errors[0]
        remaining -= size
        size = min(2 * size, remaining)
    return done, None


async def failures(work: Iterable[Awaitable[None]]) -> list[BaseException]:
    """Do all at once and to the end; what was raised. Being cancelled cancels them."""
    results = await asyncio.gather(*work, return_exceptions=True)
    return [result for result in results if result is not None]
