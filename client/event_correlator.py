"""What becomes of an event before it is written: counted, combined or dropped.

    new event → combined? (ten different messages of one kind within ten minutes become one)
              → seen before? (then the stored event's count goes up)
              → too many from this source about this object? (a bucket of 25, one more each five minutes)

All state is bounded: each table forgets what was used longest ago. Nothing here does I/O. Counterpart: client-go's
record.EventCorrelator.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from pybernetes.api.object import Json

TABLE_SIZE = 4096
COMBINE_AFTER_MESSAGES = 10
COMBINE_WITHIN_SECONDS = 600.0
SPAM_BURST = 25
SPAM_REFILL_SECONDS = 300.0
COMBINED_PREFIX = "(combined from similar events): "

Key = tuple[str, ...]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Correlated:
    """What to write: a new event, or (when `repeats`) a patch that raises the count of the one that is stored."""

    event: Json
    key: Key
    repeats: bool


@dataclass(slots=True)
class _Combination:
    last_seen: datetime
    messages: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime


class _RecentTable(Generic[Value]):
    """A mapping that forgets what was used longest ago."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def get_or_add(self, key: Key, make: Callable[[], Value]) -> Value:
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found

    def put(self, key: Key, value: Value) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > TABLE_SIZE:
            self._entries.popitem(last=False)

    def drop(self, key: Key) -> None:
        self._entries.pop(key, None)


def about_key(event: Json) -> Key:
    """Who speaks of which object: the scope of the spam limit."""
    source, involved = event.get("source") or {}, event["involvedObject"]
    subject = tuple(str(involved.get(name) or "") for name in ("kind", "namespace", "name", "uid", "apiVersion"))
    return (str(source.get("component") or ""), str(source.get("host") or ""), *subject)


def combination_key(event: Json) -> Key:
    """Events that differ only in their message share this."""
    return (*about_key(event), event["type"], event["reason"])


def event_key(event: Json) -> Key:
    """Events that say the same share this."""
    field_path = event["involvedObject"].get("fieldPath") or ""
    return (*combination_key(event), field_path, event["message"])


class EventCorrelator:
    """Decides for each event what to write. Not safe for several tasks at once."""

    def __init__(self) -> None:
        self._combinations: _RecentTable[_Combination] = _RecentTable()
        self._stored: _RecentTable[Json] = _RecentTable()
        self._buckets: _RecentTable[_Bucket] = _RecentTable()

    def correlate(self, event: Json, now: datetime) -> Correlated | None:
        """What to write for the event, or None when it is one too many."""
        event, key = self._combine(event, now)
        stored = self._stored.get(key)
        if stored is not None:
            event = {**event, "metadata": stored["metadata"], "firstTimestamp": stored["firstTimestamp"]}
            event["count"] = stored["count"] + 1
        self._stored.put(key, event)
        if not self._take_token(about_key(event), now):
            return None
        return Correlated(event, key, repeats=stored is not None)

    def remember(self, key: Key, written: Json) -> None:
        """The event as the API server has it, whose name later repeats need."""
        self._stored.put(key, written)

    def forget(self, key: Key) -> None:
        """The stored event is not there: the next one is new."""
        self._stored.drop(key)

    def _combine(self, event: Json, now: datetime) -> tuple[Json, Key]:
        key = combination_key(event)
        record = self._combinations.get_or_add(key, lambda: _Combination(now))
        if (now - record.last_seen).total_seconds() > COMBINE_WITHIN_SECONDS:
            record.messages.clear()
        record.last_seen = now
        record.messages.add(event["message"])
        if len(record.messages) < COMBINE_AFTER_MESSAGES:
            return event, event_key(event)
        record.messages.discard(event["message"])
        return {**event, "message": COMBINED_PREFIX + event["message"]}, key

    def _take_token(self, key: Key, now: datetime) -> bool:
        bucket = self._buckets.get_or_add(key, lambda: _Bucket(float(SPAM_BURST), now))
        earned = (now - bucket.filled_at).total_seconds() / SPAM_REFILL_SECONDS
        bucket.tokens, bucket.filled_at = min(float(SPAM_BURST), bucket.tokens + earned), now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
