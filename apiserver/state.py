"""What the parts of one running API server share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pybernetes.api.object import format_time
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.storage.interface import Store
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from pybernetes.apiserver.admission.chain import AdmissionChain
    from pybernetes.apiserver.resources.hooks import Hooks

_A_SECOND = timedelta(seconds=1)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class State:
    """The store, what is cached of it, and who has a say in a write.

    `hooks` are the behaviours of single resources, by qualified name; `extensions` holds what such a behaviour keeps
    between requests (allocators, keys), by its own name. `is_stale` says of a key of the store that its value should be
    written anew by an update that changes nothing: it is encrypted with an older key. Watches last `min_watch_seconds`
    to twice that, so that they do not all end together.
    """

    store: Store
    cache: WatchCache
    admission: AdmissionChain
    hooks: dict[str, Hooks]
    clock: Clock = SYSTEM_CLOCK
    event_ttl_seconds: int = 3600
    min_watch_seconds: int = 1800
    is_stale: Callable[[str], bool] = lambda key: False
    extensions: dict[str, Any] = field(default_factory=dict)
    _timestamp: str = ""
    _timestamp_at: datetime = _LONG_AGO
    _timestamp_until: datetime = _LONG_AGO

    def now(self) -> datetime:
        return self.clock.now()

    def timestamp(self) -> str:
        """The time now to the second, as metadata has it; written out once a second."""
        now = self.clock.now()
        if not self._timestamp_at <= now < self._timestamp_until:
            self._timestamp_at = now.replace(microsecond=0)
            self._timestamp_until = self._timestamp_at + _A_SECOND
            self._timestamp = format_time(self._timestamp_at)
        return self._timestamp
