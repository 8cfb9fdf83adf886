"""What the server itself writes into an object's metadata, whatever the client sent."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

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


_UIDS_AT_ONCE = 256  # one question to the kernel costs more than 4 KB of its random bytes
_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))  # two bits of this digit say that it is RFC 4122's


def _random_uids() -> Iterator[str]:
    """Random UUIDs of version 4, without end."""
    while True:
        digits = os.urandom(16 * _UIDS_AT_ONCE).hex()
        for at in range(0, len(digits), 32):
            text = digits[at : at + 32]
            yield f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANTS[text[16]]}{text[17:20]}-{text[20:]}"


_uids = _random_uids()


def new_uid() -> str:
    """A random UUID of version 4."""
    return next(_uids)


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
