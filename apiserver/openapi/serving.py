"""The OpenAPI documents over HTTP: which form a client gets, and when it need not get it again.

A document of version 3 that is asked for with the hash it has may be kept for ever; with another hash the client is
sent to the one there is now. Counterpart: kube-openapi's handler and handler3.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson

from pybernetes.api.errors import path_not_found
from pybernetes.apiserver.http import Request, Response
from pybernetes.apiserver.openapi.documents import OpenAPI

_JSON = "application/json"
_V2_BINARY = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_V2_ASKED = ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", _V2_BINARY)  # Go cannot parse the @
_KEPT_FOR = timedelta(days=365)


def answer_v2(request: Request, openapi: OpenAPI) -> Response:
    """The document of version 2, in the form that the client likes best."""
    for kind in _wanted(request):
        if kind in _V2_ASKED:
            binary = openapi.v2_protobuf()
            return _once(request, binary, openapi.hash_of("v2 protobuf", binary), _V2_BINARY)
        if kind in (_JSON, "application/*", "*/*"):
            return _once(request, openapi.v2(), openapi.hash_of("v2", openapi.v2()), _JSON)
    return Response(406, b"", "text/plain")


def answer_v3_index(openapi: OpenAPI) -> Response:
    return Response(200, orjson.dumps(openapi.v3_index()), _JSON)


def answer_v3(request: Request, openapi: OpenAPI) -> Response:
    """The document of one group version. Raises 404 for one that is not served."""
    path = request.path.removeprefix("/openapi/v3/").rstrip("/")
    document = openapi.v3(path)
    if document is None:
        raise path_not_found()
    if not any(kind in (_JSON, "application/*", "*/*") for kind in _wanted(request)):
        return Response(406, b"", "text/plain")
    tag, asked = openapi.v3_hash(path), request.query.get("hash")
    if asked and asked != tag:
        return Response(301, b"", "text/html; charset=utf-8", {"location": openapi.v3_url(path)})
    answer = _once(request, document, tag, _JSON)
    if asked:
        expires = format_datetime(datetime.now(UTC) + _KEPT_FOR, usegmt=True)
        answer.headers = {**(answer.headers or {}), "cache-control": "public, immutable", "expires": expires}
    return answer


def _once(request: Request, document: bytes, tag: str, content_type: str) -> Response:
    """The document with its ETag, or 304 if the client has it already."""
    headers = {"etag": f'"{tag}"', "vary": "Accept"}
    held = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if f'"{tag}"' in held or "*" in held:
        return Response(304, b"", content_type, headers)
    return Response(200, document, content_type, headers)


def _wanted(request: Request) -> list[str]:
    """The media types of the Accept header, the most wanted first, without their parameters."""
    ranked: list[tuple[float, str]] = []
    for choice in (request.headers.get("accept") or "*/*").split(","):
        kind, *parameters = (part.strip() for part in choice.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        ranked.append((_number(weight), kind))
    return [kind for _, kind in sorted(ranked, key=lambda one: -one[0])]


def _number(weight: str) -> float:
    try:
        return float(weight)
    except ValueError:
        return 0.0
