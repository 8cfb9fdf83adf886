"""The in-process transport against a real API server: the same answers as over the network, and streams that end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.apiserver.http import BodyStream, Request, Sink, StreamResponse, Upgrade
from pybernetes.apiserver.http import Response as Whole
from pybernetes.apiserver.opening import open_server
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.user import User
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.launcher.inprocess import InProcessTransport, component_user

MASTERS = User("root", ("system:masters", "system:authenticated"))
NAMESPACED = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}}


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[InProcessTransport]:
    server = await open_server(Options(data_dir=directory, secure_port=-1))
    task = asyncio.create_task(server.run())
    try:
        await server.wait_ready()
        yield InProcessTransport(server.handler, MASTERS)
    finally:
        task.cancel()
        await asyncio.wait({task})
        await server.close()


async def test_objects_are_written_read_and_watched(tmp_path: Path) -> None:
    async with served(tmp_path) as transport:
        client = Client(transport)
        made = await client.create("configmaps", NAMESPACED)
        assert (await client.get("configmaps", "a", "default"))["metadata"]["uid"] == made["metadata"]["uid"]
        seen: list[str] = []
        async with client.watch(
            "configmaps", "default", resource_version=made["metadata"]["resourceVersion"]
        ) as events:
            await client.patch("configmaps", "a", {"data": {"x": "y"}}, "default")
            await client.delete("configmaps", "a", "default")
            async for batch in events:
                seen += [event["type"] for event in batch]
                if len(seen) == 2:
                    break
        assert seen == ["MODIFIED", "DELETED"]
        with pytest.raises(APIError) as caught:
            await client.get("configmaps", "a", "default")
        assert is_not_found(caught.value)


async def test_the_user_is_who_the_transport_says(tmp_path: Path) -> None:
    async with served(tmp_path) as transport:
        handler = transport._handler
        nobody = Client(InProcessTransport(handler, component_user("nobody")))
        with pytest.raises(APIError) as caught:
            await nobody.create("configmaps", NAMESPACED)
        assert caught.value.code == 403
        assert 'User "nobody" cannot create' in str(caught.value)
        scheduler = Client(InProcessTransport(handler, component_user("system:kube-scheduler")))
        assert (await scheduler.list("nodes"))["items"] == []


async def test_a_watch_that_is_refused_raises_before_it_begins(tmp_path: Path) -> None:
    async with served(tmp_path) as transport:
        with pytest.raises(APIError):
            async with transport.stream("/api/v1/configmaps", query={"watch": "1", "resourceVersion": "x"}):
                pytest.fail("nothing to read")


class Answering:
    """A handler with one answer."""

    def __init__(self, answer: Whole | StreamResponse | BodyStream | Upgrade):
        self._answer = answer
        self.requests: list[Request] = []

    async def handle(self, request: Request) -> Whole | StreamResponse | BodyStream | Upgrade:
        self.requests.append(request)
        return self._answer


def transport_of(answer: Whole | StreamResponse | BodyStream | Upgrade) -> InProcessTransport:
    return InProcessTransport(Answering(answer), MASTERS)  # type: ignore[arg-type]


async def test_a_writer_sees_what_is_not_read_and_when_the_reader_leaves() -> None:
    backlogs: list[int] = []
    left = asyncio.Event()

    async def run(sink: Sink) -> None:
        for _ in range(3):
            sink.write(b"12345")
            backlogs.append(sink.backlog)
        await sink.closed()
        left.set()
        await asyncio.Event().wait()

    transport = transport_of(StreamResponse(run))
    async with transport.stream("/x") as pieces:
        assert await anext(aiter(pieces)) == b"123451234512345"
    assert backlogs == [5, 10, 15]
    await asyncio.sleep(0)
    assert left.is_set() or not transport._streams


async def test_a_stream_that_breaks_breaks_for_its_reader() -> None:
    async def run(sink: Sink) -> None:
        sink.write(b"first")
        raise RuntimeError("the store is gone")

    async with transport_of(StreamResponse(run)).stream("/x") as pieces:
        assert await anext(aiter(pieces)) == b"first"
        with pytest.raises(TransportError, match="the store is gone"):
            await anext(aiter(pieces))


async def test_a_stream_is_read_whole_by_a_plain_request() -> None:
    async def run(sink: Sink) -> None:
        sink.write(b"a")
        await asyncio.sleep(0)
        sink.write(b"b")

    answer = await transport_of(StreamResponse(run, content_type="text/x")).request("GET", "/x")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"ab", "text/x")


async def test_a_body_that_is_left_is_closed() -> None:
    closed = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"line\n"
        finally:
            closed.set()

    async with transport_of(BodyStream(chunks())).stream("/x") as pieces:
        async for piece in pieces:
            assert piece == b"line\n"
            break
    assert closed.is_set()


async def test_closing_ends_streams() -> None:
    async def run(sink: Sink) -> None:
        sink.write(b"a")
        await asyncio.Event().wait()

    transport = transport_of(StreamResponse(run))
    async with transport.stream("/x") as pieces:
        assert await anext(aiter(pieces)) == b"a"
        await transport.close()
        assert [piece async for piece in pieces] == []


async def test_no_connection_can_be_taken_over() -> None:
    async def take(raw: object) -> object:
        raise AssertionError("there is none")

    transport = transport_of(Upgrade(take))
    with pytest.raises(TransportError):
        await transport.request("POST", "/api/v1/namespaces/a/pods/b/exec")
    with pytest.raises(TransportError):
        async with transport.stream("/x"):
            pytest.fail("nothing to read")


async def test_paths_queries_and_headers_arrive_as_over_the_wire() -> None:
    handler = Answering(Whole(200, b"{}"))
    transport = InProcessTransport(handler, MASTERS)  # type: ignore[arg-type]
    await transport.request(
        "PUT", "/a%3Ab", query={"q": "x y"}, body=b"{}", headers={"Content-Type": "application/json"}
    )
    (request,) = handler.requests
    assert (request.method, request.path, request.body, request.user) == ("PUT", "/a:b", b"{}", MASTERS)
    assert request.headers == {"accept": "application/json", "content-type": "application/json"}
    assert (request.query_all("q"), request.query_all("z"), request.query_string) == (["x y"], [], "q=x+y")
