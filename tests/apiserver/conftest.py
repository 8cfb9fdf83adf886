"""A whole API server on the embedded store, in this process; and how tests ask it things."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from pybernetes.api.object import Json
from pybernetes.api.protobuf.codec import MEDIA_TYPE, decode
from pybernetes.apiserver.http import Answer, Request, Response, StreamResponse
from pybernetes.apiserver.opening import open_server
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.server import APIServer
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, MASTERS_GROUP, User

ADMIN = User("admin", (MASTERS_GROUP, AUTHENTICATED_GROUP))


class Api:
    """Asks a server as some user. `call` gives status and value; the verbs expect success."""

    def __init__(self, server: APIServer, user: User = ADMIN):
        self.server, self.user = server, user

    def as_user(self, name: str, *groups: str) -> Api:
        return Api(self.server, User(name, (*groups, AUTHENTICATED_GROUP)))

    async def answer(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Answer:
        data = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else b""
        given = dict(query or {})
        request = Request(method, path, given, {"content-type": content_type, "accept": accept}, data, user=self.user)
        request.query_all = lambda name: [given[name]] if name in given else []
        return await self.server.handler.handle(request)

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Json]:
        answer = await self.answer(method, path, body, **more)
        assert isinstance(answer, Response)
        if answer.content_type == MEDIA_TYPE:
            return answer.status, decode(answer.body)
        if answer.content_type.startswith("text/plain"):
            return answer.status, {"text": answer.body.decode()}
        return answer.status, orjson.loads(answer.body)

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Json:
        status, value = await self.call(method, path, body, **more)
        assert status < 400, value
        return value

    async def create(self, path: str, body: Json, **more: Any) -> Json:
        return await self.ok("POST", path, body, **more)

    async def get(self, path: str, **more: Any) -> Json:
        return await self.ok("GET", path, **more)

    @asynccontextmanager
    async def watch(self, path: str, *, accept: str = "application/json", **query: str) -> AsyncIterator[Watched]:
        answer = await self.answer("GET", path, query={"watch": "true", **query}, accept=accept)
        assert isinstance(answer, StreamResponse), answer
        watched = Watched()
        task = asyncio.create_task(answer.run(watched))
        try:
            yield watched
        finally:
            watched.gone.set()
            await task


class Watched:
    """Collects what a watch sends."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Json] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.backlog = 0

    def write(self, data: bytes) -> None:
        for line in data.splitlines():
            self._events.put_nowait(orjson.loads(line))

    async def closed(self) -> None:
        await self.gone.wait()

    async def next(self) -> Json:
        async with asyncio.timeout(5):
            return await self._events.get()

    async def take(self, count: int) -> list[tuple[str, str]]:
        """(type, name) of the next events."""
        events = [await self.next() for _ in range(count)]
        return [(event["type"], event["object"]["metadata"].get("name", "")) for event in events]

    @property
    def pending(self) -> int:
        return self._events.qsize()


@asynccontextmanager
async def running(options: Options) -> AsyncIterator[APIServer]:
    """A server that is ready, ended in order."""
    server = await open_server(options)
    task = asyncio.create_task(server.run())
    ready = asyncio.create_task(server.wait_ready())
    try:
        await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED, timeout=20)
        if task.done():
            await task
        yield server
    finally:
        ready.cancel()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.close()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[APIServer]:
    async with running(Options(tmp_path, secure_port=-1)) as server:
        yield server


@pytest.fixture
async def api(server: APIServer) -> Api:
    api = Api(server)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    await api.create("/api/v1/namespaces/default/serviceaccounts", account)
    return api


def config_map(name: str, **data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def pod(name: str, **metadata: Any) -> Json:
    spec = {"containers": [{"name": "main", "image": "busybox:1.36"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": spec}
