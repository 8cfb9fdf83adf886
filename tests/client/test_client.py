"""The client: requests as they go out, answers and errors as they come in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from pybernetes.api import errors
from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.client.client import METADATA, METADATA_LIST, Client, error_from
from pybernetes.client.transport import Response


class Recorder:
    """A transport that notes each request and gives prepared answers."""

    def __init__(self, *answers: Json | Response, chunks: tuple[bytes, ...] = ()):
        self.answers, self.chunks = list(answers), chunks
        self.requests: list[dict[str, Any]] = []

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        decoded = orjson.loads(body) if body else None
        sent = {"method": method, "path": path, "query": dict(query or {}), "body": decoded, "headers": headers}
        self.requests.append(sent)
        answer = self.answers.pop(0) if self.answers else {}
        return answer if isinstance(answer, Response) else Response(200, orjson.dumps(answer))

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.requests.append({"path": path, "query": dict(query or {}), "headers": headers})

        async def pieces() -> AsyncIterator[bytes]:
            for chunk in self.chunks:
                yield chunk

        yield pieces()

    async def close(self) -> None:
        return None

    @property
    def last(self) -> dict[str, Any]:
        return self.requests[-1]


OBJECT = {"metadata": {"name": "a", "namespace": "n"}}
WIDGETS = Resource("example.com", "v1alpha1", "widgets", "Widget")


async def test_paths_and_methods() -> None:
    transport = Recorder()
    client = Client(transport)
    calls = [
        (client.get("pods", "a", "n"), "GET", "/api/v1/namespaces/n/pods/a"),
        (client.get("nodes", "a"), "GET", "/api/v1/nodes/a"),
        (client.list("deployments.apps"), "GET", "/apis/apps/v1/deployments"),
        (client.list(WIDGETS, "n"), "GET", "/apis/example.com/v1alpha1/namespaces/n/widgets"),
        (client.create("configmaps", OBJECT), "POST", "/api/v1/namespaces/n/configmaps"),
        (
            client.create("pods", {}, subresource="eviction", namespace="n", name="a"),
            "POST",
            "/api/v1/namespaces/n/pods/a/eviction",
        ),
        (client.update("configmaps", OBJECT), "PUT", "/api/v1/namespaces/n/configmaps/a"),
        (client.update_status("pods", OBJECT), "PUT", "/api/v1/namespaces/n/pods/a/status"),
        (client.patch("pods", "a", {}, "n"), "PATCH", "/api/v1/namespaces/n/pods/a"),
        (client.delete("pods", "a", "n"), "DELETE", "/api/v1/namespaces/n/pods/a"),
        (client.delete_collection("pods", "n"), "DELETE", "/api/v1/namespaces/n/pods"),
    ]
    for call, method, path in calls:
        await call
        assert (transport.last["method"], transport.last["path"]) == (method, path)


async def test_an_unknown_resource_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        await Client(Recorder()).get("gadgets", "a")


@pytest.mark.parametrize(
    ("type", "content_type"),
    [
        ("merge", "application/merge-patch+json"),
        ("strategic", "application/strategic-merge-patch+json"),
        ("json", "application/json-patch+json"),
        ("apply", "application/apply-patch+yaml"),
    ],
)
async def test_patches_say_what_they_are(type: str, content_type: str) -> None:
    transport = Recorder()
    await Client(transport).patch("pods", "a", {}, "n", type=type, field_manager="me", force=True)
    assert transport.last["headers"]["content-type"] == content_type
    assert transport.last["query"] == {"fieldManager": "me", "force": "true"}


async def test_delete_options() -> None:
    transport = Recorder()
    client = Client(transport)
    await client.delete("pods", "a", "n", uid="u", resource_version="7", grace_seconds=0, propagation="Orphan")
    assert transport.last["body"] == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": "u", "resourceVersion": "7"},
        "gracePeriodSeconds": 0,
        "propagationPolicy": "Orphan",
    }
    await client.delete("pods", "a", "n")
    assert transport.last["body"] == {"apiVersion": "v1", "kind": "DeleteOptions"}


async def test_pages_are_joined() -> None:
    first = {"items": [{"n": 1}], "metadata": {"resourceVersion": "5", "continue": "t", "remainingItemCount": 1}}
    second = {"items": [{"n": 2}], "metadata": {"resourceVersion": "5"}}
    transport = Recorder(first, second)
    found = await Client(transport).list("pods", limit=1, label_selector="a=b", field_selector="c=d")
    assert found == {"items": [{"n": 1}, {"n": 2}], "metadata": {"resourceVersion": "5"}}
    selectors = {"labelSelector": "a=b", "fieldSelector": "c=d", "limit": "1"}
    assert [request["query"] for request in transport.requests] == [selectors, {**selectors, "continue": "t"}]


async def test_metadata_only_is_asked_for() -> None:
    transport = Recorder({}, {"items": [], "metadata": {}})
    client = Client(transport, user_agent="me")
    await client.get("pods", "a", "n", metadata_only=True)
    assert transport.last["headers"] == {"accept": METADATA, "user-agent": "me"}
    await client.list("pods", metadata_only=True)
    assert transport.last["headers"]["accept"] == METADATA_LIST
    async with client.watch("pods", resource_version="1", metadata_only=True):
        assert transport.last["headers"]["accept"] == METADATA


async def test_a_watch_asks_for_what_it_needs_and_gives_batches() -> None:
    line = orjson.dumps({"type": "ADDED", "object": OBJECT}) + b"\n"
    transport = Recorder(chunks=(line + line, line[:10], line[10:]))
    async with Client(transport).watch("pods", "n", resource_version="5", timeout_seconds=60) as batches:
        assert [len(batch) async for batch in batches] == [2, 1]
    assert transport.last["query"] == {
        "watch": "true",
        "resourceVersion": "5",
        "allowWatchBookmarks": "true",
        "timeoutSeconds": "60",
    }


async def test_an_error_in_a_watch_is_raised_after_what_came_before() -> None:
    added = orjson.dumps({"type": "ADDED", "object": OBJECT}) + b"\n"
    failed = orjson.dumps({"type": "ERROR", "object": errors.gone("old").status}) + b"\n"
    seen = []
    async with Client(Recorder(chunks=(added + failed,))).watch("pods", resource_version="5") as batches:
        with pytest.raises(APIError, match="old"):
            async for batch in batches:
                seen += batch
    assert len(seen) == 1


async def test_errors_are_the_servers_own() -> None:
    status = errors.not_found("pods", "a").status
    client = Client(Recorder(Response(404, orjson.dumps(status))))
    with pytest.raises(APIError) as raised:
        await client.get("pods", "a", "n")
    assert (raised.value.reason, raised.value.code) == ("NotFound", 404)


@pytest.mark.parametrize(
    ("body", "message"), [(b"bad gateway", "bad gateway"), (b"", "the server answered 502"), (b'"x"', '"x"')]
)
def test_what_is_no_status_is_an_error_too(body: bytes, message: str) -> None:
    error = error_from(Response(502, body))
    assert (error.code, error.reason, error.message) == (502, "Unknown", message)
