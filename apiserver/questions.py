"""Answers that synchronous code needs and that are not in memory: a webhook's verdict, an issuer's keys.

Who a request is from and what it may do is decided synchronously, from memory, and so is the evaluation of an
expression that asks the authorizer; that keeps the road of a request short. What has to be asked over the network
is the exception. Then the code raises `Unanswered`, whoever runs it awaits the answer, which goes into the memory of
the one who was asked, and runs it again:

    answered(work):  work() → Unanswered → await its fetch() → work() → …

So `work` must be free of effects until it has all its answers. It asks for nothing twice, and not without end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

# Each round is one question to somebody outside; nothing has as many to ask as this.
MAX_ROUNDS = 100


class Unanswered(Exception):
    """`fetch` gets the answer into memory; it raises what the work would raise if there is none to be had."""

    def __init__(self, fetch: Callable[[], Awaitable[None]]):
        super().__init__("the answer has to be asked for")
        self.fetch = fetch


async def answered(work: Callable[[], T]) -> T:
    """The result of `work`, run again after each answer that it lacked. Raises what it raises."""
    for _ in range(MAX_ROUNDS):
        try:
            return work()
        except Unanswered as question:
            fetch = question.fetch
        await fetch()
    raise RuntimeError("the same work asked again and again")
