"""What is put around the handler of requests from the network, where the server's flags or its end ask for it.

Each takes a handler and gives one, so that requests pay for what is asked only.

Counterparts: filters WithHSTS and WithRetryAfter.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.apiserver.front import Handle
from pybernetes.apiserver.http import Answer, Request, Response, Upgrade

_RETRY_AFTER_SECONDS = 5
# Who looks after this server, or collects what it knows, is served to the end.
_EXEMPT_PATHS = ("/readyz", "/livez", "/healthz", "/metrics")
_EXEMPT_AGENT = "kube-apiserver/"


def with_strict_transport(handle: Handle, directives: Iterable[str]) -> Handle:
    """Tell browsers to come over TLS only."""
    value = "; ".join(directives)

    async def handled(request: Request) -> Answer:
        answer = await handle(request)
        if not isinstance(answer, Upgrade):
            answer.headers = {**(answer.headers or {}), "strict-transport-security": value}
        return answer

    return handled


def sending_away(handle: Handle) -> Handle:
    """Ask whoever comes now to come again, on another connection: this server is ending."""

    async def handled(request: Request) -> Answer:
        exempt = request.path.startswith(_EXEMPT_PATHS) or _EXEMPT_AGENT in request.headers.get("user-agent", "")
        if exempt:
            return await handle(request)
        headers = {
            "retry-after": str(_RETRY_AFTER_SECONDS),
            "connection": "close",
            "x-content-type-options": "nosniff",
        }
        text = b"The apiserver is shutting down, please try again later.\n"
        return Response(429, text, "text/plain; charset=utf-8", headers)

    return handled
