"""Connections into pods, services and nodes pass admission like writes, as CONNECT.

What admission sees is the options of the connection, as an object of their own kind; nothing of it is stored. Every
method of a proxied path is a CONNECT. Counterpart: ConnectResource of apiserver/pkg/endpoints/handlers.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.operation import CONNECT
from pybernetes.apiserver.http import Answer
from pybernetes.apiserver.resources.hooks import Handler
from pybernetes.apiserver.rest.context import Context

_STREAMS = ("stdin", "stdout", "stderr", "tty")
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))


def admitted(handler: Handler, options_of: Callable[[Context], Json]) -> Handler:
    """The handler, once admission has nothing against the connection."""

    async def connect(context: Context) -> Answer:
        await context.admit(options_of(context), CONNECT)
        return await handler(context)

    return connect


def exec_options(context: Context) -> Json:
    return {**_stream_options(context, "PodExecOptions"), "command": context.request.query_all("command")}


def attach_options(context: Context) -> Json:
    return _stream_options(context, "PodAttachOptions")


def port_forward_options(context: Context) -> Json:
    given = [port for text in context.request.query_all("ports") for port in text.split(",")]
    ports = [int(port) for port in given if port.isdigit()]
    options = {"kind": "PodPortForwardOptions", "apiVersion": "v1"}
    return {**options, "ports": ports} if ports else options


def proxy_options(kind: str) -> Callable[[Context], Json]:
    """The options of a proxied request, whose only one is the path."""

    def options(context: Context) -> Json:
        path = {"path": context.info.rest} if context.info.rest else {}
        return {"kind": kind, "apiVersion": "v1", **path}

    return options


def _stream_options(context: Context, kind: str) -> Json:
    query = context.request.query
    options: Json = {"kind": kind, "apiVersion": "v1"}
    options |= {name: True for name in _STREAMS if query.get(name) in _TRUE}
    if query.get("container"):
        options["container"] = query["container"]
    return options
