"""The reflector and the informer against a scripted transport and against an API in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from pybernetes.api import errors
from pybernetes.api.object import Json
from pybernetes.client.client import Client
from pybernetes.client.informer import Informer, InformerFactory
from pybernetes.client.reflector import Changed, Reflector, Replaced
from pybernetes.client.transport import Response, TransportError
from pybernetes.component.clock import FakeClock, settle
from tests.fakes.api import FakeAPI


def pod(name: str, version: int, **more: Any) -> Json:
    metadata = {"name": name, "namespace": "n", "uid": name, "resourceVersion": str(version), **more}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


def event(type: str, obj: Json) -> bytes:
    return orjson.dumps({"type": type, "object": obj}) + b"\n"


def bookmark(version: int) -> bytes:
    return event("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": str(version)}})


Step = Json | Exception | list[bytes | Exception | Callable[[], None]]


class Script:
    """A transport that answers as it is told: lists are dicts, watches are lists of chunks; then it waits."""

    def __init__(self, clock: FakeClock, *steps: Step):
        self.clock, self.steps = clock, list(steps)
        self.asked: list[str] = []
        self.versions: list[str] = []

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        self.asked.append("list")
        step = self.steps.pop(0)
        if isinstance(step, errors.APIError):
            return Response(step.code, orjson.dumps(step.status))
        if isinstance(step, Exception):
            raise step
        return Response(200, orjson.dumps(step))

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked.append("watch")
        self.versions.append((query or {})["resourceVersion"])
        step = self.steps.pop(0) if self.steps else [lambda: None]
        if isinstance(step, Exception):
            raise step
        yield self._chunks(step)

    async def _chunks(self, step: Any) -> AsyncIterator[bytes]:
        for chunk in step:
            if isinstance(chunk, Exception):
                raise chunk
            if callable(chunk):
                await asyncio.Event().wait()
            else:
                yield chunk

    async def close(self) -> None:
        return None


def listed(version: int, *pods: Json) -> Json:
    bare = [{"metadata": pod["metadata"]} for pod in pods]
    return {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": str(version)}, "items": bare}


async def run(script: Script, seconds: float = 0) -> list[Any]:
    """What the reflector says until the script is at its end."""
    said: list[Any] = []

    async def follow() -> None:
        async for change in Reflector(Client(script), "pods", clock=script.clock).changes():
            if isinstance(change, Replaced):
                said.append(("replaced", [item["metadata"]["name"] for item in change.items]))
            else:
                assert isinstance(change, Changed)
                said.append([(e["type"], e["object"]["metadata"]["name"]) for e in change.events])

    task = asyncio.create_task(follow())
    await settle()
    await script.clock.advance(seconds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return said


async def test_list_then_watch() -> None:
    script = Script(FakeClock(), listed(5, pod("a", 3)), [event("ADDED", pod("b", 6)) + event("MODIFIED", pod("a", 7))])
    assert await run(script) == [("replaced", ["a"]), [("ADDED", "b"), ("MODIFIED", "a")]]
    assert script.versions[0] == "5"


async def test_a_watch_that_ends_goes_on_from_the_last_version_with_bookmarks() -> None:
    script = Script(
        FakeClock(),
        listed(5),
        [event("ADDED", pod("a", 6))],
        [bookmark(50)],
        [lambda: None],
    )
    assert await run(script) == [("replaced", []), [("ADDED", "a")]]
    assert script.versions == ["5", "6", "50"]


async def test_events_cut_anywhere_are_whole_again() -> None:
    whole = event("ADDED", pod("a", 6)) + event("ADDED", pod("b", 7))
    for cut in range(0, len(whole), 7):
        script = Script(FakeClock(), listed(5), [whole[:cut], whole[cut:], lambda: None])
        said = await run(script)
        assert [name for batch in said[1:] for _, name in batch] == ["a", "b"]


async def test_gone_lists_anew_at_once() -> None:
    clock = FakeClock()
    script = Script(clock, listed(5, pod("a", 1)), errors.gone("too old"), listed(90, pod("b", 80)), [lambda: None])
    assert await run(script) == [("replaced", ["a"]), ("replaced", ["b"])]
    assert script.versions == ["5", "90"]


async def test_gone_in_the_middle_of_a_watch() -> None:
    expired = orjson.dumps({"type": "ERROR", "object": errors.gone("too old").status}) + b"\n"
    script = Script(FakeClock(), listed(5), [event("ADDED", pod("a", 6)) + expired], listed(9), [lambda: None])
    assert await run(script) == [("replaced", []), [("ADDED", "a")], ("replaced", [])]


async def test_a_server_that_is_away_is_asked_less_and_less() -> None:
    clock = FakeClock()
    script = Script(clock, *[TransportError("refused")] * 50)
    await run(script, 60)
    assert 8 <= len(script.asked) <= 15
    assert set(script.asked) == {"list"}


async def test_a_broken_watch_loses_nothing() -> None:
    clock = FakeClock()
    broken: list[Any] = [event("ADDED", pod("a", 6)), TransportError("reset")]
    script = Script(clock, listed(5), broken, [event("ADDED", pod("b", 7)), lambda: None])
    assert await run(script, 1) == [("replaced", []), [("ADDED", "a")], [("ADDED", "b")]]
    assert script.versions == ["5", "6"]


async def test_watches_that_end_as_they_begin_do_not_make_it_spin() -> None:
    script = Script(FakeClock(), listed(5), *[[] for _ in range(100)])
    await run(script, 60)
    assert script.asked.count("watch") <= 15


async def test_a_continue_token_that_is_always_too_old_does_not_make_it_spin() -> None:
    script = Script(FakeClock(), *[errors.gone("too old") for _ in range(100)])
    await run(script, 60)
    assert len(script.asked) <= 15


# The informer


class Seen:
    """What handlers are told."""

    def __init__(self, informer: Informer):
        self.told: list[tuple[str, ...]] = []
        self._informer = informer
        informer.add_handler(self._add, self._update, self._delete)

    def _add(self, obj: Json) -> None:
        self.told.append(("add", obj["metadata"]["name"]))
        assert self._informer.get(f"n/{obj['metadata']['name']}") is obj, "the cache is ahead of the handlers"

    def _update(self, new: Json, old: Json) -> None:
        versions = old["metadata"]["resourceVersion"], new["metadata"]["resourceVersion"]
        self.told.append(("update", new["metadata"]["name"], *versions))

    def _delete(self, obj: Json) -> None:
        self.told.append(("delete", obj["metadata"]["name"]))
        assert self._informer.get(f"n/{obj['metadata']['name']}") is None


@asynccontextmanager
async def informing(script: Script, **options: Any) -> AsyncIterator[tuple[Informer, Seen]]:
    informer = Informer(Client(script), "pods", clock=script.clock, **options)
    seen = Seen(informer)
    task = asyncio.create_task(informer.run())
    await settle()
    yield informer, seen
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_handlers_hear_of_each_difference_once() -> None:
    expired = errors.gone("too old")
    script = Script(
        FakeClock(),
        listed(5, pod("a", 1), pod("b", 2), pod("c", 3)),
        [event("MODIFIED", pod("a", 6)), event("MODIFIED", pod("a", 6)), event("DELETED", pod("c", 7))],
        expired,
        listed(20, pod("a", 6), pod("d", 12)),
        [lambda: None],
    )
    async with informing(script) as (informer, seen):
        assert seen.told == [
            ("add", "a"),
            ("add", "b"),
            ("add", "c"),
            ("update", "a", "1", "6"),
            ("delete", "c"),
            ("delete", "b"),
            ("add", "d"),
        ]
        assert informer.has_synced
        assert sorted(obj["metadata"]["name"] for obj in informer.items()) == ["a", "d"]
        assert all(obj["kind"] == "Pod" for obj in informer.items())


async def test_one_that_was_made_again_is_a_delete_and_an_add() -> None:
    again = pod("a", 9, uid="other")
    script = Script(FakeClock(), listed(5, pod("a", 1)), [event("MODIFIED", again), lambda: None])
    async with informing(script) as (_, seen):
        assert seen.told == [("add", "a"), ("delete", "a"), ("add", "a")]


async def test_late_handlers_hear_of_what_is_there() -> None:
    script = Script(FakeClock(), listed(5, pod("a", 1)), [lambda: None])
    async with informing(script) as (informer, _):
        assert Seen(informer).told == [("add", "a")]


async def test_indices_follow_changes() -> None:
    def label(obj: Json) -> list[str]:
        return [(obj["metadata"].get("labels") or {}).get("app", "")]

    script = Script(
        FakeClock(),
        listed(5, pod("a", 1, labels={"app": "x"}), pod("b", 2, labels={"app": "x"})),
        [
            event("MODIFIED", pod("a", 6, labels={"app": "y"})),
            event("DELETED", pod("b", 7, labels={"app": "z"})),
            lambda: None,
        ],
    )
    async with informing(script, indexers={"app": label}) as (informer, _):
        assert informer.by_index("app", "x") == [] and informer.by_index("app", "z") == []
        assert [obj["metadata"]["name"] for obj in informer.by_index("app", "y")] == ["a"]
        assert informer.count("app", "y") == 1 and informer.count("app", "x") == 0
        informer.add_indexer("name", lambda obj: (obj["metadata"]["name"],))
        assert len(informer.by_index("name", "a")) == 1
        assert len(informer.items("n")) == 1 and informer.items("other") == []


async def test_transform_keeps_what_is_needed() -> None:
    def only_name(obj: Json) -> Json:
        metadata = obj["metadata"]
        return {"metadata": {key: metadata[key] for key in ("name", "namespace", "uid", "resourceVersion")}}

    script = Script(FakeClock(), listed(5, pod("a", 1, labels={"big": "x"})), [lambda: None])
    async with informing(script, transform=only_name) as (informer, _):
        assert informer.get("n/a") == only_name(pod("a", 1))


async def test_a_handler_that_fails_ends_the_informer() -> None:
    script = Script(FakeClock(), listed(5, pod("a", 1)), [lambda: None])
    informer = Informer(Client(script), "pods", clock=script.clock)

    def fail(obj: Json) -> None:
        raise ValueError("bug")

    informer.add_handler(fail)
    with pytest.raises(ValueError, match="bug"):
        await informer.run()


async def test_the_factory_shares_informers() -> None:
    api = FakeAPI()
    factory = InformerFactory(api.client())
    assert factory.existing("pods") is None
    first = factory.informer("pods")
    assert factory.informer("pods") is first is factory.existing("pods")
    assert factory.informer("pods", namespace="n") is not first
    task = asyncio.create_task(factory.run())
    late = factory.informer("nodes")
    await factory.wait_synced()
    assert first.has_synced and late.has_synced
    await api.client().create("nodes", {"metadata": {"name": "x"}})
    await settle()
    assert len(late.items()) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_informer_lives_through_a_restarting_server() -> None:
    clock = FakeClock()
    api = FakeAPI(clock)
    client = api.client()
    informer = Informer(client, "configmaps", clock=clock)
    seen = Seen(informer)
    task = asyncio.create_task(informer.run())
    await settle()
    await client.create("configmaps", {"metadata": {"name": "a", "namespace": "n"}})
    await settle()
    api.down = True
    api.break_watches()
    await settle()
    await clock.advance(3)
    api.down = False
    await client.create("configmaps", {"metadata": {"name": "b", "namespace": "n"}})
    await client.delete("configmaps", "a", "n")
    api.forget_history()
    await clock.advance(20)
    assert seen.told == [("add", "a"), ("delete", "a"), ("add", "b")]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
