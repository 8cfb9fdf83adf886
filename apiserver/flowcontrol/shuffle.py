"""Which queues a flow may use: a hand of different ones, dealt from the flow's hash.

Two flows rarely get the same hand, so one that fills its queues leaves others a queue of their own.

Counterpart: apiserver/pkg/util/shufflesharding.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

_HANDS = 4096  # a flow is dealt the same hand each time it has to wait


def flow_hash(schema: str, flow: str) -> int:
    """64 bits that stand for a flow of a schema."""
    digest = hashlib.sha256(f"{schema}\0{flow}".encode()).digest()
    return int.from_bytes(digest[:8], "little")


@lru_cache(_HANDS)
def deal(value: int, queues: int, hand_size: int) -> tuple[int, ...]:
    """`hand_size` different numbers below `queues`, decided by `value` alone."""
    dealt: list[int] = []
    for remaining in range(queues, queues - hand_size, -1):
        value, card = divmod(value, remaining)
        for earlier in sorted(dealt):
            if card >= earlier:
                card += 1
        dealt.append(card)
    return tuple(dealt)
