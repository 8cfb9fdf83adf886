"""What a controller has done and its cache does not show yet.

A controller that just created three pods must not look at a cache that still shows none and create three more. It
notes what it expects to see; until its informer has shown all of that, or five minutes have passed (an event was
lost for good), it leaves the number of pods alone. Deletions are expected by uid, since an update of a pod that is
being deleted may be seen several times. Counterpart: UIDTrackingControllerExpectations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pybernetes.component.clock import SYSTEM_CLOCK, Clock

TIMEOUT_SECONDS = 300.0


@dataclass(slots=True)
class _Expected:
    since: float
    creations: int = 0
    deletions: set[str] = field(default_factory=set)


class Expectations:
    """By the key of the object that owns what is created and deleted."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK):
        self._clock = clock
        self._expected: dict[str, _Expected] = {}

    def expect_creations(self, key: str, count: int) -> None:
        """Forgets what was expected before: a controller acts only once that has come true."""
        self._expected[key] = _Expected(self._clock.monotonic(), creations=count)

    def expect_deletions(self, key: str, uids: Iterable[str]) -> None:
        self._expected[key] = _Expected(self._clock.monotonic(), deletions=set(uids))

    def creation_observed(self, key: str, count: int = 1) -> None:
        """One was seen, or will never be (its creation failed)."""
        if key in self._expected:
            self._expected[key].creations -= count

    def deletion_observed(self, key: str, uid: str) -> None:
        if key in self._expected:
            self._expected[key].deletions.discard(uid)

    def satisfied(self, key: str) -> bool:
        """Whether the cache can be acted on."""
        expected = self._expected.get(key)
        if expected is None or (expected.creations <= 0 and not expected.deletions):
            return True
        return self._clock.monotonic() - expected.since > TIMEOUT_SECONDS

    def forget(self, key: str) -> None:
        self._expected.pop(key, None)
