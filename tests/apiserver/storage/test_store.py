"""Every verb and every error of a store, the same for both makes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from pybernetes.apiserver.storage import watch_hub
from pybernetes.apiserver.storage.interface import (
    Compacted,
    Event,
    EventType,
    FutureRevision,
    KeyExists,
    KeyNotFound,
    KeyValue,
    RevisionMismatch,
    Store,
    StoreUnavailable,
    Watch,
    WatchBatch,
)

Take = Callable[..., Awaitable[WatchBatch]]


async def fill(store: Store, *keys: str) -> list[int]:
    return [await store.create(key, key.encode()) for key in keys]


async def events_until(watch: Watch, count: int) -> list[Event]:
    """The next `count` events, however they are batched."""
    found: list[Event] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found += (await anext(watch)).events
    return found


# Writing


async def test_a_key_lives_and_dies(store: Store) -> None:
    before = await store.current_revision()
    created = await store.create("/a", b"1")
    assert created > before
    assert await store.get("/a") == KeyValue("/a", b"1", created)
    updated = await store.update("/a", b"2", expected_revision=created)
    assert updated > created
    assert await store.get("/a") == KeyValue("/a", b"2", updated)
    deleted = await store.delete("/a", expected_revision=updated)
    assert deleted > updated
    assert await store.get("/a") is None
    assert await store.current_revision() == deleted


async def test_a_new_store_is_at_a_revision_above_zero(store: Store) -> None:
    assert await store.current_revision() >= 1
    assert (await store.list("/")).items == []


async def test_empty_and_binary_values(store: Store) -> None:
    everything = bytes(range(256))
    await store.create("/empty", b"")
    await store.create("/binary", everything)
    await store.create("/large", bytes(1024 * 1024))
    assert [kv.value for kv in (await store.list("/")).items] == [everything, b"", bytes(1024 * 1024)]


async def test_create_of_what_exists_tells_what_is_there(store: Store) -> None:
    revision = await store.create("/a", b"1")
    with pytest.raises(KeyExists) as caught:
        await store.create("/a", b"2")
    assert (caught.value.key, caught.value.current) == ("/a", KeyValue("/a", b"1", revision))
    assert await store.current_revision() == revision


@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_a_swap_against_another_revision_changes_nothing(store: Store, verb: str) -> None:
    first = await store.create("/a", b"1")
    second = await store.update("/a", b"2", expected_revision=first)
    arguments: dict[str, Any] = {"value": b"3"} if verb == "update" else {}
    for expected in (0, first, second + 100):
        with pytest.raises(RevisionMismatch) as caught:
            await getattr(store, verb)("/a", expected_revision=expected, **arguments)
        assert caught.value.expected == expected
        assert caught.value.current == KeyValue("/a", b"2", second)
    assert await store.get("/a") == KeyValue("/a", b"2", second)
    assert await store.current_revision() == second


@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_a_swap_of_nothing(store: Store, verb: str) -> None:
    arguments: dict[str, Any] = {"value": b"3"} if verb == "update" else {}
    for expected in (0, 7):
        with pytest.raises(KeyNotFound):
            await getattr(store, verb)("/a", expected_revision=expected, **arguments)


async def test_a_key_comes_again(store: Store) -> None:
    created = await store.create("/a", b"1")
    deleted = await store.delete("/a", expected_revision=created)
    again = await store.create("/a", b"2")
    assert again > deleted
    with pytest.raises(RevisionMismatch):
        await store.delete("/a", expected_revision=created)
    assert await store.get("/a", revision=created) == KeyValue("/a", b"1", created)
    assert await store.get("/a", revision=deleted) is None
    assert await store.get("/a", revision=again) == KeyValue("/a", b"2", again)


async def test_of_many_creates_at_once_one_wins(store: Store) -> None:
    results = await asyncio.gather(*(store.create("/a", b"%d" % i) for i in range(20)), return_exceptions=True)
    won = [(i, result) for i, result in enumerate(results) if isinstance(result, int)]
    assert len(won) == 1
    winner = KeyValue("/a", b"%d" % won[0][0], won[0][1])
    assert all(isinstance(r, KeyExists) and r.current == winner for r in results if not isinstance(r, int))


async def test_of_many_swaps_at_once_one_wins_and_the_rest_see_it(store: Store) -> None:
    revision = await store.create("/a", b"")
    results = await asyncio.gather(
        *(store.update("/a", b"%d" % i, expected_revision=revision) for i in range(20)),
        return_exceptions=True,
    )
    won = [(i, result) for i, result in enumerate(results) if isinstance(result, int)]
    assert len(won) == 1
    winner = KeyValue("/a", b"%d" % won[0][0], won[0][1])
    lost = [result for result in results if not isinstance(result, int)]
    assert all(isinstance(result, RevisionMismatch) and result.current == winner for result in lost)


async def test_writes_at_once_never_share_a_revision(store: Store, take: Take) -> None:
    start = await store.current_revision()
    revisions = await asyncio.gather(*(store.create(f"/k/{i}", b"") for i in range(300)))
    assert len(set(revisions)) == 300
    watch = store.watch("/k/", after_revision=start)
    events = await events_until(watch, 300)
    await watch.aclose()
    assert [event.revision for event in events] == sorted(revisions)
    # A watch that was cut between any two of them sees the second.
    cut = sorted(revisions)[150]
    resumed = store.watch("/k/", after_revision=cut)
    assert [e.revision for e in await events_until(resumed, 149)] == sorted(revisions)[151:]
    await resumed.aclose()


async def test_delete_and_create_at_once_leave_a_state_that_fits_the_answers(store: Store) -> None:
    for i in range(20):
        revision = await store.create(f"/{i}", b"1")
        deleted, created = await asyncio.gather(
            store.delete(f"/{i}", expected_revision=revision),
            store.create(f"/{i}", b"2"),
            return_exceptions=True,
        )
        found = await store.get(f"/{i}")
        assert isinstance(deleted, int)
        if isinstance(created, int):
            assert created > deleted
            assert found == KeyValue(f"/{i}", b"2", created)
        else:
            assert isinstance(created, KeyExists)
            assert found is None


async def test_a_write_whose_task_is_cancelled_leaves_the_store_sound(store: Store) -> None:
    revision = await store.create("/a", b"1")
    writer = asyncio.create_task(store.update("/a", b"2", expected_revision=revision))
    await asyncio.sleep(0)
    second = asyncio.create_task(store.update("/a", b"3", expected_revision=revision))
    writer.cancel()
    await asyncio.wait({writer, second})
    assert writer.cancelled()
    found = await store.get("/a")
    assert found is not None
    if second.exception() is None:
        assert found.value == b"3"
    else:
        assert found.value == b"2"
    await store.update("/a", b"4", expected_revision=found.revision)


# Reading


async def test_list_is_sorted_and_keeps_to_the_prefix(store: Store) -> None:
    await fill(store, "/a/c", "/a/b", "/ab", "/a", "/b/a", "/a/b/x", "/a/é", "/a/z", "/a/\U0001f600", "/a/￿")
    listed = await store.list("/a/")
    assert [kv.key for kv in listed.items] == ["/a/b", "/a/b/x", "/a/c", "/a/z", "/a/é", "/a/￿", "/a/\U0001f600"]
    assert [kv.value for kv in listed.items] == [kv.key.encode() for kv in listed.items]
    assert listed.revision == await store.current_revision()
    assert listed.remaining == 0
    assert len((await store.list("/")).items) == 10
    assert (await store.list("/none/")).items == []


async def test_list_in_pages_at_the_revision_of_the_first(store: Store) -> None:
    keys = [f"/p/{i:03}" for i in range(25)]
    await fill(store, *keys)
    first = await store.list("/p/", limit=10)
    assert [kv.key for kv in first.items] == keys[:10]
    assert first.remaining == 15
    # Whatever happens meanwhile, in front of, in and behind the page, is not seen.
    for key in ("/p/012", "/p/003", "/p/024"):
        found = await store.get(key)
        assert found is not None
        await store.delete(key, expected_revision=found.revision)
    found = await store.get("/p/013")
    assert found is not None
    await store.update("/p/013", b"new", expected_revision=found.revision)
    await fill(store, "/p/0125", "/p/999", "/p/012")
    second = await store.list("/p/", revision=first.revision, start_after=first.items[-1].key, limit=10)
    assert [kv.key for kv in second.items] == keys[10:20]
    assert [kv.value for kv in second.items] == [key.encode() for key in keys[10:20]]
    assert (second.revision, second.remaining) == (first.revision, 5)
    third = await store.list("/p/", revision=first.revision, start_after=second.items[-1].key, limit=10)
    assert [kv.key for kv in third.items] == keys[20:]
    assert third.remaining == 0
    whole = await store.list("/p/", revision=first.revision)
    assert [kv.key for kv in whole.items] == keys


async def test_a_list_of_many(store: Store) -> None:
    keys = [f"/m/{i:05}" for i in range(2500)]
    for i in range(0, len(keys), 250):
        await asyncio.gather(*(store.create(key, key.encode()) for key in keys[i : i + 250]))
    listed = await store.list("/m/")
    assert [(kv.key, kv.value) for kv in listed.items] == [(key, key.encode()) for key in keys]
    part = await store.list("/m/", start_after="/m/00999", limit=1200)
    assert [kv.key for kv in part.items] == keys[1000:2200]
    assert part.remaining == 300
    deleted = await store.delete(keys[0], expected_revision=listed.items[0].revision)
    assert len((await store.list("/m/")).items) == 2499
    assert [kv.key for kv in (await store.list("/m/", revision=deleted - 1)).items] == keys


async def test_reads_of_the_past(store: Store) -> None:
    revisions = [await store.create("/a", b"0")]
    for i in range(1, 6):
        revisions.append(await store.update("/a", b"%d" % i, expected_revision=revisions[-1]))
    other = await store.create("/b", b"b")
    for i, revision in enumerate(revisions):
        assert await store.get("/a", revision=revision) == KeyValue("/a", b"%d" % i, revision)
        assert (await store.list("/", revision=revision)).items == [KeyValue("/a", b"%d" % i, revision)]
    assert await store.get("/b", revision=other - 1) is None
    assert await store.get("/a", revision=revisions[0] - 1) is None


async def test_the_future_cannot_be_read(store: Store) -> None:
    current = await store.create("/a", b"")
    for read in (store.get("/a", revision=current + 1), store.list("/", revision=current + 1)):
        with pytest.raises(FutureRevision) as caught:
            await read
        assert (caught.value.revision, caught.value.current_revision) == (current + 1, current)


# Compaction


async def test_compaction_forgets_the_past_and_keeps_the_present(store: Store) -> None:
    first = await store.create("/a", b"1")
    second = await store.update("/a", b"2", expected_revision=first)
    gone = await store.create("/gone", b"")
    await store.delete("/gone", expected_revision=gone)
    third = await store.update("/a", b"3", expected_revision=second)
    await store.compact(third)
    assert await store.get("/a") == KeyValue("/a", b"3", third)
    assert (await store.list("/", revision=third)).items == [KeyValue("/a", b"3", third)]
    for read in (store.get("/a", revision=second), store.list("/", revision=second)):
        with pytest.raises(Compacted) as caught:
            await read
        assert (caught.value.revision, caught.value.compacted_revision) == (second, third)
    assert await store.get("/gone", revision=third) is None
    await store.update("/a", b"4", expected_revision=third)
    assert await store.get("/a", revision=third) == KeyValue("/a", b"3", third)


async def test_compaction_again_is_harmless_and_of_the_future_refused(store: Store) -> None:
    current = (await fill(store, "/a", "/b", "/c"))[-1]
    await store.compact(current)
    await store.compact(current)
    await store.compact(current - 1)
    with pytest.raises(FutureRevision):
        await store.compact(current + 1)
    assert len((await store.list("/")).items) == 3


async def test_what_is_younger_than_the_compaction_stays_readable(store: Store) -> None:
    first = await store.create("/a", b"1")
    second = await store.update("/a", b"2", expected_revision=first)
    third = await store.update("/a", b"3", expected_revision=second)
    await store.compact(second)
    assert await store.get("/a", revision=second) == KeyValue("/a", b"2", second)
    watch = store.watch("/a", after_revision=second)
    (event,) = await events_until(watch, 1)
    await watch.aclose()
    assert event == Event(EventType.PUT, "/a", b"3", third, KeyValue("/a", b"2", second))


# Watching


async def test_a_watch_tells_what_changed_and_what_was_there(store: Store) -> None:
    start = await store.current_revision()
    watch = store.watch("/w/", after_revision=start)
    created = await store.create("/w/a", b"1")
    await store.create("/x", b"not ours")
    updated = await store.update("/w/a", b"2", expected_revision=created)
    deleted = await store.delete("/w/a", expected_revision=updated)
    again = await store.create("/w/a", b"3")
    events = await events_until(watch, 4)
    await watch.aclose()
    assert events == [
        Event(EventType.PUT, "/w/a", b"1", created, None),
        Event(EventType.PUT, "/w/a", b"2", updated, KeyValue("/w/a", b"1", created)),
        Event(EventType.DELETE, "/w/a", b"", deleted, KeyValue("/w/a", b"2", updated)),
        Event(EventType.PUT, "/w/a", b"3", again, None),
    ]


async def test_a_live_watch_tells_the_same(store: Store, take: Take) -> None:
    watch = store.watch("/w/", after_revision=await store.current_revision())
    await store.request_progress()
    assert (await take(watch)).events == []
    created = await store.create("/w/a", b"1")
    batch = await take(watch)
    assert batch.events == [Event(EventType.PUT, "/w/a", b"1", created, None)]
    assert batch.revision >= created
    deleted = await store.delete("/w/a", expected_revision=created)
    batch = await take(watch)
    assert batch.events == [Event(EventType.DELETE, "/w/a", b"", deleted, KeyValue("/w/a", b"1", created))]
    await watch.aclose()


async def test_a_cut_watch_resumes_anywhere(store: Store, take: Take) -> None:
    start = await store.current_revision()
    revisions = await fill(store, *(f"/w/{i}" for i in range(10)))
    for after in (start, *revisions):
        watch = store.watch("/w/", after_revision=after)
        left = [revision for revision in revisions if revision > after]
        assert [event.revision for event in await events_until(watch, len(left))] == left
        live = await store.create(f"/w/live-{after}", b"")
        revisions.append(live)
        assert [event.revision for event in await events_until(watch, 1)] == [live]
        await watch.aclose()


async def test_watchers_of_many_prefixes_see_theirs(store: Store) -> None:
    start = await store.current_revision()
    prefixes = ["", "/", "/w", "/w/", "/w/a", "/w/a/", "/wx/"]
    keys = ["/w/a/1", "/w/a", "/w/ab", "/wx/1", "/v", "/w"]
    watches = [store.watch(prefix, after_revision=start) for prefix in prefixes]
    await store.request_progress()
    await fill(store, *keys)
    for prefix, watch in zip(prefixes, watches, strict=True):
        expected = [key for key in keys if key.startswith(prefix)]
        assert [event.key for event in await events_until(watch, len(expected))] == expected
        await watch.aclose()


async def test_a_watch_of_the_forgotten_fails(store: Store, take: Take) -> None:
    revisions = await fill(store, "/a", "/b", "/c", "/d")
    await store.compact(revisions[2])
    for after in (0, revisions[0], revisions[1]):
        watch = store.watch("/", after_revision=after)
        with pytest.raises(Compacted) as caught:
            await take(watch)
        assert caught.value.compacted_revision == revisions[2]
        await watch.aclose()
    watch = store.watch("/", after_revision=revisions[2])
    assert [event.key for event in (await take(watch)).events] == ["/d"]
    await watch.aclose()


async def test_progress_when_asked_for(store: Store, take: Take) -> None:
    watch = store.watch("/w/", after_revision=await store.current_revision())
    waiting = asyncio.create_task(take(watch))
    await asyncio.sleep(0)
    elsewhere = (await fill(store, "/x", "/y"))[-1]
    await store.request_progress()
    batch = await waiting
    assert batch.events == []
    while batch.revision < elsewhere:
        await store.request_progress()
        batch = await take(watch)
    assert (batch.events, batch.revision) == ([], elsewhere)
    await watch.aclose()


async def test_progress_every_few_seconds(stores: Any, take: Take) -> None:
    store = await stores.open()
    watch = store.watch("/w/", after_revision=await store.current_revision())
    waiting = asyncio.create_task(take(watch))
    while stores.clock.sleepers < 1:
        await asyncio.sleep(0)
    for _ in range(2):
        await stores.clock.advance(watch_hub.PROGRESS_INTERVAL_SECONDS)
        assert (await waiting).events == []
        waiting = asyncio.create_task(take(watch))
    waiting.cancel()
    await asyncio.wait({waiting})
    await watch.aclose()


async def test_a_progress_notice_never_overtakes_an_event(store: Store) -> None:
    """Whatever a notice says was seen had been delivered before it."""
    start = await store.current_revision()
    watch = store.watch("/w/", after_revision=start)
    written: list[int] = []

    async def write(worker: int) -> None:
        for i in range(20):
            written.append(await store.create(f"/w/{worker}-{i}", b""))
            await store.request_progress()

    writers = asyncio.gather(*(write(worker) for worker in range(5)))
    seen: list[int] = []
    async with asyncio.timeout(20):
        while len(seen) < 100:
            batch = await anext(watch)
            seen += [event.revision for event in batch.events]
            told = batch.revision
            assert not seen or seen[-1] <= told
            assert sorted(revision for revision in written if revision <= told) == [
                revision for revision in seen if revision in set(written)
            ]
    await writers
    await watch.aclose()
    assert seen == sorted(written)


async def test_a_watch_from_the_future_waits_for_it(store: Store) -> None:
    current = await store.create("/w/0", b"")
    watch = store.watch("/w/", after_revision=current + 2)
    reading = asyncio.create_task(events_until(watch, 1))
    await asyncio.sleep(0)
    await fill(store, "/w/1", "/w/2", "/w/3")
    assert [event.key for event in await reading] == ["/w/3"]
    await watch.aclose()


async def test_closing_a_watch_ends_it_for_who_waits(store: Store, take: Take) -> None:
    watch = store.watch("/w/", after_revision=await store.current_revision())
    waiting = asyncio.create_task(take(watch))
    await asyncio.sleep(0.01)
    await watch.aclose()
    with pytest.raises(StopAsyncIteration):
        await waiting
    await watch.aclose()


async def test_a_cancelled_reader_loses_nothing(store: Store, take: Take) -> None:
    watch = store.watch("/w/", after_revision=await store.current_revision())
    seen: list[Event] = []
    for i in range(20):
        waiting = asyncio.create_task(take(watch))
        for _ in range(i % 4):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        if not waiting.cancelled():
            seen += waiting.result().events
        await store.create(f"/w/{i:02}", b"")
    seen += await events_until(watch, 20 - len(seen))
    assert [event.key for event in seen] == [f"/w/{i:02}" for i in range(20)]
    await watch.aclose()


async def test_a_slow_watcher_is_bounded_and_loses_nothing(
    store: Store, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_hub, "QUEUE_LIMIT_EVENTS", 50)
    slow = store.watch("/w/", after_revision=await store.current_revision())
    fast = store.watch("/w/", after_revision=await store.current_revision())
    await store.request_progress()
    await take(slow)
    reading = asyncio.create_task(events_until(fast, 400))
    for start in range(0, 400, 40):
        await asyncio.gather(*(store.create(f"/w/{i}", b"") for i in range(start, start + 40)))
    expected = [event.revision for event in await reading]
    assert len(slow.queue) <= 50  # type: ignore[attr-defined]
    assert [event.revision for event in await events_until(slow, 400)] == expected
    live = await store.create("/w/live", b"")
    assert (await events_until(slow, 1))[0].revision == live
    await slow.aclose()
    await fast.aclose()


# Time limits


async def expire(stores: Any, seconds: int, gone: asyncio.Future[Any]) -> None:
    """Let time pass until the future is done: our clock for SQLite, real time for etcd's leases."""
    async with asyncio.timeout(seconds + 10):
        while not gone.done():
            await stores.clock.advance(1.0)
            await asyncio.sleep(0.01)


async def test_a_key_with_a_time_limit_goes_with_an_event(stores: Any) -> None:
    store = await stores.open()
    watch = store.watch("/t/", after_revision=await store.current_revision())
    created = await store.create("/t/a", b"1", ttl_seconds=2)
    await store.create("/t/b", b"stays")
    assert len(await events_until(watch, 2)) == 2
    gone = asyncio.create_task(events_until(watch, 1))
    await expire(stores, 2, gone)
    (event,) = gone.result()
    assert (event.type, event.key, event.previous) == (
        EventType.DELETE,
        "/t/a",
        KeyValue("/t/a", b"1", created),
    )
    assert [kv.key for kv in (await store.list("/t/")).items] == ["/t/b"]
    await watch.aclose()


async def test_a_later_write_sets_or_lifts_the_time_limit(stores: Any) -> None:
    store = await stores.open()
    watch = store.watch("/t/", after_revision=await store.current_revision())
    lifted = await store.create("/t/lifted", b"", ttl_seconds=2)
    lifted = await store.update("/t/lifted", b"", expected_revision=lifted)
    longer = await store.create("/t/longer", b"", ttl_seconds=2)
    longer = await store.update("/t/longer", b"", expected_revision=longer, ttl_seconds=1000)
    late = await store.create("/t/late", b"")
    await store.update("/t/late", b"", expected_revision=late, ttl_seconds=2)
    assert len(await events_until(watch, 6)) == 6
    gone = asyncio.create_task(events_until(watch, 1))
    await expire(stores, 2, gone)
    assert [event.key for event in gone.result()] == ["/t/late"]
    assert {kv.key: kv.revision for kv in (await store.list("/t/")).items} == {
        "/t/lifted": lifted,
        "/t/longer": longer,
    }
    await watch.aclose()


async def test_a_time_limit_holds_across_a_restart(stores: Any) -> None:
    store = await stores.open()
    await store.create("/t/a", b"", ttl_seconds=2)
    await store.close()
    store = await stores.open()
    watch = store.watch("/t/", after_revision=await store.current_revision())
    gone = asyncio.create_task(events_until(watch, 1))
    await expire(stores, 2, gone)
    assert gone.result()[0].type is EventType.DELETE
    await watch.aclose()


# Snapshots, opening and closing


async def test_a_snapshot_can_be_opened(stores: Any, tmp_path: Path) -> None:
    store = await stores.open()
    revisions = await fill(store, "/a", "/b", "/c")
    await store.delete("/b", expected_revision=revisions[1])
    last = await store.update("/a", b"new", expected_revision=revisions[0])
    listed = await store.list("/")
    assert await store.snapshot(str(tmp_path / "copy")) == last
    await store.create("/later", b"")
    copy = await stores.open_copy(tmp_path / "copy")
    assert await copy.list("/") == listed
    assert await copy.get("/b", revision=revisions[2]) == KeyValue("/b", b"/b", revisions[1])
    assert await copy.create("/copy", b"") == last + 1
    assert not list(tmp_path.glob("*.partial"))


async def test_a_snapshot_into_nowhere_fails(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="nowhere"):
        await store.snapshot(str(tmp_path / "nowhere" / "copy"))


async def test_everything_is_there_after_opening_again(stores: Any) -> None:
    store = await stores.open()
    first = await fill(store, "/a", "/b", "/c")
    await store.delete("/c", expected_revision=first[2])
    listed = await store.list("/")
    await store.close()
    store = await stores.open()
    assert await store.list("/") == listed
    assert (await store.list("/", revision=first[2])).items[2] == KeyValue("/c", b"/c", first[2])
    watch = store.watch("/", after_revision=first[0])
    assert [event.key for event in await events_until(watch, 3)] == ["/b", "/c", "/c"]
    await watch.aclose()
    assert await store.create("/c", b"again") > listed.revision


async def test_a_closed_store_says_so(store: Store, take: Take) -> None:
    revision = await store.create("/a", b"")
    watch = store.watch("/", after_revision=revision)
    waiting = asyncio.create_task(take(watch))
    await asyncio.sleep(0.01)
    await store.close()
    await store.close()
    for call in (
        waiting,
        store.get("/a"),
        store.list("/"),
        store.create("/b", b""),
        store.update("/a", b"", expected_revision=revision),
        store.delete("/a", expected_revision=revision),
        store.current_revision(),
        store.request_progress(),
        store.compact(revision),
        store.check(),
        take(store.watch("/", after_revision=revision)),
    ):
        with pytest.raises(StoreUnavailable, match="closed"):
            await call
    await watch.aclose()


async def test_closing_finishes_what_was_accepted(stores: Any) -> None:
    store = await stores.open()
    if stores.make == "etcd":
        # Nothing is accepted here before etcd has answered; requests under way end with an error or an answer.
        await store.close()
        return
    writes = [asyncio.create_task(store.create(f"/{i}", b"")) for i in range(300)]
    await asyncio.sleep(0)
    await store.close()
    revisions = await asyncio.gather(*writes)
    store = await stores.open()
    assert [kv.revision for kv in (await store.list("/")).items] == [
        revision for _, revision in sorted((f"/{i}", revision) for i, revision in enumerate(revisions))
    ]


async def test_a_sound_store_passes_its_check(store: Store) -> None:
    before = await store.current_revision()
    await store.check()
    assert await store.current_revision() == before


async def test_the_current_revision_misses_no_acknowledged_write(store: Store) -> None:
    async def write_and_ask(i: int) -> bool:
        written = await store.create(f"/{i}", b"")
        return await store.current_revision() >= written

    assert all(await asyncio.gather(*(write_and_ask(i) for i in range(100))))
