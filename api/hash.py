"""Short, stable names for a pod template or any other JSON value: ``6d4cf56db6``.

The same value gives the same name on every machine and in every release; that it equals what Kubernetes computes
for the same template is neither needed nor so, since Kubernetes hashes a dump of its own Go values. The alphabet
has no vowels and no 0, 1, 3, so that no name is a word or can be misread.

Counterparts: hash/fnv, controller.ComputeHash, rand.SafeEncodeString.
"""

from __future__ import annotations

from typing import Any

import orjson

_OFFSET_BASIS = 0x811C9DC5
_PRIME = 0x01000193
_MASK = 0xFFFFFFFF
_SAFE = "bcdfghjklmnpqrstvwxz2456789"


def fnv32a(data: bytes, state: int = _OFFSET_BASIS) -> int:
    """FNV-1a, 32 bits. `state` continues an earlier hash."""
    for byte in data:
        state = ((state ^ byte) * _PRIME) & _MASK
    return state


def safe_encode(text: str) -> str:
    """The text with each character mapped into the safe alphabet (rand.SafeEncodeString)."""
    return "".join(_SAFE[ord(character) % len(_SAFE)] for character in text)


def template_hash(template: Any, collision_count: int | None = None) -> str:
    """The ``pod-template-hash`` of a pod template. `collision_count` makes another when one is taken."""
    state = fnv32a(orjson.dumps(template, option=orjson.OPT_SORT_KEYS))
    if collision_count is not None:
        state = fnv32a(collision_count.to_bytes(8, "little"), state)
    return safe_encode(str(state))
