"""A fuzz of the HTTP surface from the server's own OpenAPI document: whatever is asked, no answer is a fault of ours.

Requests are made of the document by schemathesis, from a fixed seed: a sample of all operations, each with a few
requests that fit its description and a few that do not. Objects of the kinds are there beforehand, so that changes meet
something. Nothing may answer 500 but what Kubernetes answers so too, nothing may be logged as a failure, and the server
must still work in the end.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Request, Response
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.server import APIServer
from tests.apiserver.conftest import ADMIN, Api, config_map, pod, running

pytestmark = pytest.mark.slow

OPERATIONS = 90
REQUESTS_EACH = 8
_STREAMS = ("exec", "attach", "portforward", "proxy", "log")


class Served:
    """A server in a thread of its own, asked from outside of it."""

    def __init__(self, directory: Path):
        self._directory = directory
        self._loop = asyncio.new_event_loop()
        self._ready, self._end = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), name="server")
        self.server: APIServer

    async def _serve(self) -> None:
        async with running(Options(self._directory, secure_port=-1)) as self.server:
            self._ready.set()
            await self._end.wait()

    def __enter__(self) -> Served:
        self._thread.start()
        assert self._ready.wait(20), "the server did not start"
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def ask(self, request: Request) -> Any:
        request.user = ADMIN
        return self.run(self.server.handler.handle(request))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


async def prepared(api: Api) -> Json:
    """Some objects to meet, and the document that says what may be asked."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    await api.create("/api/v1/namespaces/default/serviceaccounts", account)
    for name in ("0", "x"):
        await api.create("/api/v1/namespaces/default/configmaps", config_map(name))
        await api.create("/api/v1/namespaces/default/pods", pod(name))
    document: Json = await api.get("/openapi/v2")
    return document


def chosen(schema: Any) -> list[Any]:
    """A sample of the operations, the same every time."""
    found = [result.ok() for result in schema.get_all_operations()]
    found = [one for one in found if not any(f"/{part}" in one.path for part in _STREAMS)]
    found.sort(key=lambda one: (one.path, one.method))
    return random.Random(36).sample(found, OPERATIONS)


def request_of(case: Any, names: random.Random) -> Request:
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        known = {"namespace": "default", "name": names.choice(("0", "x"))}
        path = path.replace("{" + name + "}", known.get(name, str(value)) if names.random() < 0.8 else str(value))
    given = {name: value for name, value in (case.query or {}).items() if name != "watch"}
    query = {name: as_text(value) for name, value in given.items()}
    headers = {str(name).lower(): str(value) for name, value in (case.headers or {}).items()}
    body = b""
    if case.body is not schemathesis.core.NOT_SET:
        body = case.body if isinstance(case.body, bytes) else json.dumps(case.body, default=str).encode()
        kinds = (
            "application/merge-patch+json",
            "application/json-patch+json",
            "application/strategic-merge-patch+json",
        )
        headers["content-type"] = names.choice(kinds) if case.method == "PATCH" else "application/json"
    request = Request(case.method, unquote(path), query, headers, body, query_string=urlencode(query))
    request.query_all = lambda name: [query[name]] if name in query else []
    return request


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def test_no_request_is_answered_with_a_fault(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    document = served.run(prepared(Api(served.server)))
    schema = schemathesis.openapi.from_dict(document)
    names, answers = random.Random(36), dict[int, int]()
    for operation in chosen(schema):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=REQUESTS_EACH // 2,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def ask(case: Any) -> None:
                request = request_of(case, names)
                answer = served.ask(request)
                answers[answer.status] = answers.get(answer.status, 0) + 1
                body = answer.body[:500] if isinstance(answer, Response) else b""
                assert answer.status < 500 or b'"InternalError"' not in body, (request, body)

            ask()
    failures = [record for record in caplog.records if record.levelname == "ERROR"]
    assert not failures, failures[0].exc_text
    assert sum(answers.values()) > OPERATIONS
    assert any(status < 300 for status in answers), answers
    assert served.run(Api(served.server).get("/api/v1/namespaces/default"))["metadata"]["name"] == "default"
