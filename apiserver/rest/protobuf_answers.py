"""Answers in protobuf, for the client that reads nothing else.

Objects are kept and made as JSON; here the finished answer is turned over, whatever made it: an object, a list, a
Status, or a watch event by event. What has no form in protobuf (a custom resource, discovery) stays JSON and says so.
"""

from __future__ import annotations

import orjson

from pybernetes.api.errors import not_acceptable
from pybernetes.api.protobuf.codec import MEDIA_TYPE, encode, watch_frame
from pybernetes.api.protobuf.kinds import UnknownKind, find_kind
from pybernetes.api.resources import Resource
from pybernetes.apiserver.http import JSON_TYPE, Answer, Response, Sink, StreamResponse


def in_protobuf(answer: Answer) -> Answer:
    """The same answer in protobuf, if it is JSON of a kind that has this form."""
    if isinstance(answer, Response) and answer.content_type == JSON_TYPE:
        value = orjson.loads(answer.body)
        try:
            body = encode(value) if isinstance(value, dict) else None
        except UnknownKind:
            body = None
        return answer if body is None else Response(answer.status, body, MEDIA_TYPE, answer.headers)
    if isinstance(answer, StreamResponse) and answer.content_type == JSON_TYPE:
        run = answer.run
        stream_type = f"{MEDIA_TYPE};stream=watch"
        return StreamResponse(lambda sink: run(_FrameSink(sink)), stream_type, answer.status, answer.headers)
    return answer


def require_protobuf(resource: Resource) -> None:
    """Raises 406 if the resource's objects have no form in protobuf: a stream, once begun, cannot change its type."""
    try:
        find_kind(resource.api_version, resource.kind)
    except UnknownKind:
        raise not_acceptable(("application/json", "application/yaml")) from None


class _FrameSink:
    """Takes whole lines of JSON events and passes them on as frames."""

    def __init__(self, sink: Sink):
        self._sink = sink

    def write(self, data: bytes) -> None:
        events = [orjson.loads(line) for line in data.splitlines()]
        self._sink.write(b"".join(watch_frame(event["type"], event["object"]) for event in events))

    @property
    def backlog(self) -> int:
        return self._sink.backlog

    async def closed(self) -> None:
        await self._sink.closed()
