"""Requests for a group version that another server answers for go there, and its answer comes back as it is.

Lists and watches pass piece by piece; a request that asks for an upgrade is joined to a connection of its own. What
goes wrong on the way is told in plain text, as kube-aggregator does. Counterpart: kube-aggregator's handler_proxy.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from pybernetes.api.errors import APIError
from pybernetes.apiserver.aggregation.connection import Connections, Unreachable, user_headers
from pybernetes.apiserver.aggregation.remote import Remote
from pybernetes.apiserver.http import Answer, BodyStream, Request, Response, Upgrade
from pybernetes.apiserver.resources.pod_streams import pieces
from pybernetes.apiserver.user import User
from pybernetes.component.clock import SYSTEM_CLOCK
from pybernetes.component.streaming import join, request_head, take_over

_IDLE_SECONDS = 4 * 3600.0
_PLAIN = "text/plain; charset=utf-8"
_ABOUT_THE_CONNECTION = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length")
)
_SAFE = "/:@!$&'()*+,;=~-._"


def is_upgrade(request: Request) -> bool:
    return "upgrade" in request.headers.get("connection", "").lower()


async def forward(connections: Connections, remote: Remote, request: Request, user: User) -> Answer:
    """The remote server's answer, or why there is none."""
    if not remote.available:
        return plain_error("service unavailable")
    if is_upgrade(request):
        return Upgrade(lambda raw: _join(connections, remote, request, user, raw))
    kept = {name: value for name, value in request.headers.items() if _is_passed_on(name)}
    if request.remote:
        kept["X-Forwarded-For"] = request.remote
    try:
        answer = await connections.request(
            remote, request.method, _target(request), user=user, headers=kept, body=request.body
        )
    except Unreachable as error:
        return plain_error(f"error trying to reach service: {error}")
    headers = {
        name.lower(): value for name, value in answer.headers.items() if name.lower() not in _ABOUT_THE_CONNECTION
    }
    kind = headers.pop("content-type", "")
    return BodyStream(pieces(answer), kind, answer.status, headers)


def plain_error(text: str, status: int = 503) -> Response:
    return Response(status, f"{text}\n".encode(), _PLAIN, {"x-content-type-options": "nosniff"})


def _is_passed_on(name: str) -> bool:
    """What a client says, but not who it is: that is ours to say."""
    name = name.lower()
    if name in _ABOUT_THE_CONNECTION or name in ("host", "authorization", "proxy-authorization"):
        return False
    return not name.startswith(("x-remote-", "impersonate-"))


def _target(request: Request) -> str:
    path = quote(request.path, safe=_SAFE)
    return f"{path}?{request.query_string}" if request.query_string else path


async def _join(connections: Connections, remote: Remote, request: Request, user: User, raw: Any) -> web.StreamResponse:
    """Join the client's connection to one with the remote server until both ends are done."""
    try:
        far = await connections.open(remote)
    except (APIError, OSError, TimeoutError, ValueError) as error:
        return web.Response(status=503, text=f"error trying to reach service: {error}\n")
    kept = [(name, value) for name, value in raw.raw_headers if _stays_in_head(name.decode("latin-1").lower())]
    ours = [(name.encode(), value.encode()) for name, value in user_headers(user)]
    host = remote.origin.removeprefix("https://").encode()
    far[1].write(request_head(raw.method, _target(request), [(b"Host", host), *kept, *ours]))
    near = take_over(raw.transport)
    try:
        await join(near, far, _IDLE_SECONDS, SYSTEM_CLOCK)
    except asyncio.CancelledError:
        near[1].close()
        raise
    raw.protocol.force_close()
    return web.Response()


def _stays_in_head(name: str) -> bool:
    return name in ("connection", "upgrade") or _is_passed_on(name)
