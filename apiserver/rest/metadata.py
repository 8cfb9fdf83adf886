"""What the server itself writes into an object's metadata, whatever the client sent."""

from __future__ import annotations

import os
import secrets

from pybernetes.api.object import Json

_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # no vowels and no look-alikes: no word is ever spelled
_SUFFIX_LENGTH = 5
_MAX_GENERATED_LENGTH = 63 - _SUFFIX_LENGTH
_SERVER_OWNED = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
)
_DELETION = ("deletionTimestamp", "deletionGracePeriodSeconds")


def generated_name(prefix: str) -> str:
    """A name from a generateName prefix."""
    suffix = "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(_SUFFIX_LENGTH))
    return prefix[:_MAX_GENERATED_LENGTH] + suffix


class _RandomPool:
    """Random bytes from the kernel, fetched for many identifiers at once: a call costs more than the bytes."""

    _FETCH_BYTES = 4096

    def __init__(self) -> None:
        self._pool = b""
        self._used = 0

    def take(self, count: int) -> bytes:
        if self._used + count > len(self._pool):
            self._pool, self._used = os.urandom(self._FETCH_BYTES), 0
        self._used += count
        return self._pool[self._used - count : self._used]


_random = _RandomPool()
_VARIANTS = "89ab"  # the two upper bits of this digit say that it is RFC 4122's layout


def new_uid() -> str:
    """A random UUID of version 4."""
    text = _random.take(16).hex()
    variant = _VARIANTS[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def fill_new(metadata: Json, timestamp: str, *, has_generation: bool) -> None:
    """The metadata of an object that is being created."""
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion", "generation"):
        metadata.pop(field, None)
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = generated_name(metadata["generateName"])
    metadata["uid"] = new_uid()
    metadata["creationTimestamp"] = timestamp
    if has_generation:
        metadata["generation"] = 1


def carry_over(new: Json, old: Json) -> None:
    """The metadata of an update: what only the server may set is as it was."""
    metadata, before = new["metadata"], old["metadata"]
    for field in _SERVER_OWNED:
        if field in before:
            metadata[field] = before[field]
        elif field not in _DELETION:  # an update that says the object is being deleted is refused, not corrected
            metadata.pop(field, None)


def bump_generation(new: Json, old: Json, spec_fields: tuple[str, ...]) -> None:
    """A new generation if what the object asks for has changed."""
    if any(new.get(field) != old.get(field) for field in spec_fields):
        new["metadata"]["generation"] = int(old["metadata"].get("generation") or 0) + 1
