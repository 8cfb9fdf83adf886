"""Random concurrent histories, checked against the simplest possible store: a list of what happened.

Writers collide on a few keys, readers look at old revisions, watchers start anywhere and are cut and resumed, and
compactions run, all at once. Each records what it was told. One watcher sees everything; what it saw is taken as
the history, and every record must fit it:

- the history itself is possible: revisions are unique and grow, and each event's `previous` is what was there;
- it holds exactly the acknowledged writes;
- a refused write had its reason at some moment between the call and the answer;
- a read shows the state at its revision, which is not older than what was acknowledged before the call;
- each watcher saw the history of its prefix from where it started, once and in order, and was never told that it
  had seen something before it had.
"""

from __future__ import annotations

import asyncio
import random
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from pybernetes.apiserver.storage.interface import (
    Compacted,
    Event,
    EventType,
    KeyExists,
    KeyNotFound,
    KeyValue,
    ListResult,
    RevisionMismatch,
    Store,
    WatchBatch,
)

TRAFFIC_SECONDS = 1.5
KEYS = [f"/registry/{kind}/{name}" for kind in ("pods", "nodes") for name in "abcdef"]
PREFIXES = ["/registry/", "/registry/pods/", "/registry/nodes/", "/registry/pods/a", ""]


class Model:
    """What happened, and so the state at every revision."""

    def __init__(self, start: int, events: list[Event]) -> None:
        self.start = start
        self.events = events
        self.revisions = [event.revision for event in events]
        self._changes: dict[str, list[KeyValue | None]] = {key: [None] for key in KEYS}
        self._changed_at: dict[str, list[int]] = {key: [start] for key in KEYS}
        for event in events:
            state = None
            if event.type is EventType.PUT:
                state = KeyValue(event.key, event.value, event.revision)
            self._changes[event.key].append(state)
            self._changed_at[event.key].append(event.revision)

    def at(self, key: str, revision: int) -> KeyValue | None:
        return self._changes[key][bisect_right(self._changed_at[key], revision) - 1]

    def state(self, prefix: str, revision: int) -> list[KeyValue]:
        found = (self.at(key, revision) for key in sorted(KEYS) if key.startswith(prefix))
        return [state for state in found if state is not None]

    def since(self, key: str, revision: int) -> list[KeyValue | None]:
        """Every state of a key from a revision on, that at the revision first."""
        return self._changes[key][bisect_right(self._changed_at[key], revision) - 1 :]

    def watched(self, prefix: str, after: int, up_to: int) -> list[Event]:
        return [e for e in self.events if e.key.startswith(prefix) and after < e.revision <= up_to]


@dataclass
class Write:
    verb: str
    key: str
    value: bytes
    expected: int
    known: int
    revision: int = 0
    error: Exception | None = None


@dataclass
class Read:
    asked: int
    prefix: str
    known: int
    limit: int
    start_after: str
    result: ListResult


@dataclass
class Watching:
    prefix: str
    after: int
    batches: list[WatchBatch] = field(default_factory=list)


@dataclass
class Records:
    start: int
    acknowledged: int
    compacted: int = 0
    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    watches: list[Watching] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


async def write(store: Store, dice: random.Random, records: Records, until: float, name: str) -> None:
    """Create, swap and delete keys that others write too, knowing more or less what is there."""
    count = 0
    while time.monotonic() < until:
        key, count = dice.choice(KEYS), count + 1
        current = await store.get(key)
        if dice.random() < 0.3:
            await asyncio.sleep(dice.random() * 0.003)
        known = records.acknowledged
        expected = current.revision if current else dice.choice([0, records.acknowledged])
        verb = dice.choice(["update", "update", "delete"]) if current or dice.random() < 0.1 else "create"
        if dice.random() < 0.1:
            verb = "create"
        record = Write(verb, key, f"{name}-{count}".encode(), expected, known)
        try:
            record.revision = await apply(store, record)
            records.acknowledged = max(records.acknowledged, record.revision)
        except (KeyExists, KeyNotFound, RevisionMismatch) as error:
            record.error = error
            records.refused[type(error).__name__] += 1
        records.writes.append(record)


def apply(store: Store, record: Write) -> Awaitable[int]:
    if record.verb == "create":
        return store.create(record.key, record.value)
    if record.verb == "update":
        return store.update(record.key, record.value, expected_revision=record.expected)
    return store.delete(record.key, expected_revision=record.expected)


async def read(store: Store, dice: random.Random, records: Records, until: float) -> None:
    """List prefixes now and in the past, whole and in parts."""
    while time.monotonic() < until:
        known = records.acknowledged
        asked = dice.choice([0, dice.randint(max(records.start, known - 200), known)])
        prefix, limit = dice.choice(PREFIXES), dice.choice([0, 0, 1, 3])
        start_after = dice.choice(["", dice.choice(KEYS)])
        try:
            result = await store.list(prefix, revision=asked, limit=limit, start_after=start_after)
        except Compacted as error:
            assert asked < records.compacted or asked < error.compacted_revision
            records.refused["Compacted list"] += 1
            continue
        records.reads.append(Read(asked, prefix, known, limit, start_after, result))
        if asked and result.items and dice.random() < 0.5:
            await read_one(store, result, records)
        await asyncio.sleep(dice.random() * 0.005)


async def read_one(store: Store, result: ListResult, records: Records) -> None:
    """A single key of the past is what the list said."""
    try:
        assert await store.get(result.items[-1].key, revision=result.revision) == result.items[-1]
    except Compacted:
        records.refused["Compacted get"] += 1


async def watch(store: Store, dice: random.Random, records: Records, until: float) -> None:
    """Start anywhere, read some batches at some speed, be cut, resume."""
    while time.monotonic() < until:
        after = dice.randint(max(records.start, records.acknowledged - 300), records.acknowledged)
        record = Watching(dice.choice(PREFIXES), after)
        records.watches.append(record)
        position = after
        while time.monotonic() < until and dice.random() < 0.7:
            open_watch = store.watch(record.prefix, after_revision=position)
            try:
                for _ in range(dice.randint(1, 10)):
                    async with asyncio.timeout(0.1):
                        record.batches.append(await anext(open_watch))
                    position = record.batches[-1].revision
                    await asyncio.sleep(dice.choice([0, 0, 0.002]))
            except TimeoutError:
                await store.request_progress()
            except Compacted:
                assert position < records.compacted
                records.refused["Compacted watch"] += 1
                break
            finally:
                await open_watch.aclose()


async def compact(store: Store, dice: random.Random, records: Records, until: float) -> None:
    while time.monotonic() < until:
        await asyncio.sleep(0.1 + dice.random() * 0.3)
        target = dice.randint(max(records.start, records.acknowledged - 150), records.acknowledged)
        records.compacted = max(records.compacted, target)
        await store.compact(target)


async def see_everything(store: Store, start: int, events: list[Event], last: Callable[[], int | None]) -> None:
    watching = store.watch("", after_revision=start)
    position = start
    while (end := last()) is None or position < end:
        try:
            async with asyncio.timeout(0.2):
                batch = await anext(watching)
        except TimeoutError:
            await store.request_progress()
            continue
        events += batch.events
        position = batch.revision
    await watching.aclose()


def check_history(model: Model) -> None:
    assert model.revisions == sorted(set(model.revisions))
    state: dict[str, KeyValue] = {}
    for event in model.events:
        assert event.previous == state.get(event.key), event
        if event.type is EventType.PUT:
            state[event.key] = KeyValue(event.key, event.value, event.revision)
        else:
            assert event.value == b""
            del state[event.key]


def check_writes(model: Model, records: Records) -> None:
    acknowledged = {record.revision: record for record in records.writes if record.error is None}
    assert sorted(acknowledged) == model.revisions
    for event in model.events:
        record = acknowledged[event.revision]
        assert record.key == event.key
        assert (record.verb == "delete") == (event.type is EventType.DELETE)
        assert event.type is EventType.DELETE or event.value == record.value
        assert (event.previous is None) == (record.verb == "create")
        assert event.previous is None or event.previous.revision == record.expected
    for record in records.writes:
        if record.error is not None:
            check_refusal(model, record, record.error)


def check_refusal(model: Model, record: Write, error: Any) -> None:
    possible = model.since(record.key, record.known)
    if isinstance(error, KeyNotFound):
        assert record.verb != "create"
        assert None in possible
        return
    assert error.current is not None
    assert error.current in possible, (record, possible[:3])
    if isinstance(error, RevisionMismatch):
        assert error.current.revision != record.expected


def check_reads(model: Model, records: Records) -> None:
    for record in records.reads:
        revision = record.result.revision
        if record.asked:
            assert revision == record.asked
        else:
            assert revision >= record.known
        state = [kv for kv in model.state(record.prefix, revision) if kv.key > record.start_after]
        expected = state[: record.limit] if record.limit else state
        assert record.result.items == expected
        assert record.result.remaining == len(state) - len(expected)


def check_watches(model: Model, records: Records) -> None:
    for record in records.watches:
        position = record.after
        for batch in record.batches:
            assert batch.revision >= position
            assert batch.events == model.watched(record.prefix, position, batch.revision)
            position = batch.revision


def check_replays(model: Model, dice: random.Random) -> None:
    """Replaying events from any revision over the state there gives the state later."""
    for _ in range(50):
        first, last = sorted(dice.choices([model.start, *model.revisions], k=2))
        state = {kv.key: kv for kv in model.state("", first)}
        for event in model.watched("", first, last):
            if event.type is EventType.PUT:
                state[event.key] = KeyValue(event.key, event.value, event.revision)
            else:
                del state[event.key]
        assert [state[key] for key in sorted(state)] == model.state("", last)


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_histories_fit_the_model(stores: Any, system_clock: Any, seed: int) -> None:
    store = await stores.open(system_clock)
    dice = random.Random(seed)
    start = await store.current_revision()
    records = Records(start, start, compacted=start)
    events: list[Event] = []
    last: int | None = None
    until = time.monotonic() + TRAFFIC_SECONDS
    rolls = [random.Random(dice.random()) for _ in range(20)]
    async with asyncio.timeout(60), asyncio.TaskGroup() as everything:
        everything.create_task(see_everything(store, start, events, lambda: last))
        # The one who sees everything must have begun before anything is forgotten.
        await asyncio.sleep(0.1)
        async with asyncio.TaskGroup() as traffic:
            for i in range(8):
                traffic.create_task(write(store, rolls.pop(), records, until, f"w{i}"))
            for _ in range(3):
                traffic.create_task(read(store, rolls.pop(), records, until))
            for _ in range(6):
                traffic.create_task(watch(store, rolls.pop(), records, until))
            traffic.create_task(compact(store, rolls.pop(), records, until))
        last = await store.current_revision()
    model = Model(start, events)
    check_history(model)
    check_writes(model, records)
    check_reads(model, records)
    check_watches(model, records)
    check_replays(model, dice)
    assert (await store.list("")).items == model.state("", last)
    # The traffic was worth its name: everything that can be refused was.
    assert len(events) > 200
    assert {"KeyExists", "KeyNotFound", "RevisionMismatch", "Compacted watch"} <= set(records.refused)
