"""Finished answers in the media type that the client wants.

Objects are kept and made as JSON; here the answer is turned over, whatever made it: an object, a list, a Status. What
has no form in protobuf (discovery) stays JSON and says so. People's tools get JSON that is indented, large answers are
compressed for who can read that. Watches are encoded event by event (`rest.forms`).

Counterparts: SerializeObject and isPrettyPrint of apiserver.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

import orjson

from pybernetes.api.go_json import escaped
from pybernetes.api.protobuf.codec import encode
from pybernetes.api.protobuf.kinds import UnknownKind
from pybernetes.apiserver.http import JSON_TYPE, Answer, Request, Response
from pybernetes.apiserver.rest.negotiation import JSON, PROTOBUF, YAML, Wanted

_PEOPLES_TOOLS = ("curl", "Wget", "Mozilla/5.0")
_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
GZIP_ABOVE_BYTES = 128 * 1024  # as kube-apiserver: below that, it costs more than it saves
_GZIP_LEVEL = 1
_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # zlib's way to ask for gzip's envelope
_GZIP_ASIDE_BYTES = 1 << 20  # from here on, compressing would hold up everybody else for more than 10 ms


def is_for_people(request: Request) -> bool:
    """Whether JSON shall be indented: by the query, or else by the program that asks."""
    wanted = request.query.get("pretty") if request.query else None
    if wanted:
        return wanted in _TRUE
    return request.headers.get("user-agent", "").startswith(_PEOPLES_TOOLS)


def in_media(answer: Answer, wanted: Wanted, *, pretty: bool) -> Answer:
    """The same answer as it is wanted, if it is JSON now."""
    if not isinstance(answer, Response) or answer.content_type != JSON_TYPE:
        return answer
    if wanted.media == JSON:
        if not pretty:
            return answer
        body = escaped(orjson.dumps(orjson.loads(answer.body), option=orjson.OPT_INDENT_2))
        return Response(answer.status, body, JSON_TYPE, answer.headers)
    value = orjson.loads(answer.body)
    if wanted.media == YAML:
        return Response(answer.status, to_yaml(value), YAML, answer.headers)
    try:
        body = encode(value)
    except UnknownKind:
        return answer
    return Response(answer.status, body, PROTOBUF, answer.headers)


def to_yaml(value: Any) -> bytes:
    """A JSON value as YAML: keys in order, text of several lines as it is read."""
    import yaml

    from pybernetes.apiserver.rest.plain_yaml import PlainDumper

    text: bytes = yaml.dump(
        value, Dumper=PlainDumper, default_flow_style=False, allow_unicode=True, encoding="utf-8", width=1 << 30
    )
    return text


async def compressed(answer: Response, request: Request) -> Response:
    """The same large answer, compressed if the client can read that."""
    if not _reads_gzip(request) or len(answer.body) <= GZIP_ABOVE_BYTES:
        return answer
    if len(answer.body) < _GZIP_ASIDE_BYTES:
        body = _gzip(answer.body)
    else:
        body = await asyncio.to_thread(_gzip, answer.body)
    headers = {**(answer.headers or {}), "content-encoding": "gzip", "vary": "Accept-Encoding"}
    return Response(answer.status, body, answer.content_type, headers)


def _reads_gzip(request: Request) -> bool:
    return any(token.strip() == "gzip" for token in request.headers.get("accept-encoding", "").split(","))


def _gzip(data: bytes) -> bytes:
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return compressor.compress(data) + compressor.flush()
