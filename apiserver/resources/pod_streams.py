"""What a running pod lets one do: read its log, run a command in it, attach, forward a port.

The API server decides which container and asks the pod's kubelet; what then flows is passed on as it is. A stream
(SPDY or WebSocket) is joined to the kubelet's byte by byte and never parsed here; only the newest WebSocket protocols,
which kubelets do not speak, are translated (`websocket_streams`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
from aiohttp import web

from pybernetes.api.errors import APIError, bad_request, failure, internal_error, service_unavailable
from pybernetes.api.object import Json
from pybernetes.apiserver.http import Answer, BodyStream, Response, Upgrade, error_response
from pybernetes.apiserver.kubelet_connection import Kubelets, NodeAddress
from pybernetes.apiserver.resources.connecting import admitted, attach_options, exec_options, port_forward_options
from pybernetes.apiserver.resources.hooks import Handler
from pybernetes.apiserver.resources.pod_log_options import log_options
from pybernetes.apiserver.resources.websocket_streams import (
    Carrier,
    Refused,
    accepted,
    ask_kubelet,
    carrier_for,
    serve,
)
from pybernetes.apiserver.rest.context import Context
from pybernetes.component.clock import SYSTEM_CLOCK
from pybernetes.component.streaming import BadRequestHead, join, request_head, rewrite_head, take_over

_IDLE_SECONDS = 4 * 3600.0
_CHUNK_BYTES = 1 << 16


def kubelets_of(context: Context) -> Kubelets:
    kubelets: Kubelets = context.state.extensions["kubelets"]
    return kubelets


def choose_container(pod: Json, wanted: str) -> str:
    """The container that a request is about. Raises 400 if it names none of the pod's, or none where it must."""
    spec = pod["spec"]
    plain = [one["name"] for one in spec.get("containers") or ()]
    init = [one["name"] for one in spec.get("initContainers") or ()]
    ephemeral = [one["name"] for one in spec.get("ephemeralContainers") or ()]
    name = pod["metadata"]["name"]
    if wanted:
        if wanted not in (*plain, *init, *ephemeral):
            raise bad_request(f"container {wanted} is not valid for pod {name}")
        return wanted
    if len(plain) == 1:
        return str(plain[0])
    listed = f"choose one of: [{' '.join(plain)}]"
    if init:
        listed += f" or one of the init containers: [{' '.join(init)}]"
    raise bad_request(f"a container name must be specified for pod {name}, {listed}")


async def log(context: Context) -> Answer:
    """GET pods/x/log. Raises 400, 404, 422."""
    query = context.request.query
    options = log_options(query, context.info.name)
    pod = context.cache.object(await context.current())
    container = choose_container(pod, query.get("container", ""))
    if not pod["spec"].get("nodeName"):
        return Response(204, b"", "text/plain")  # it has not been anywhere: there is nothing to read, and no error
    address = kubelets_of(context).address_of(pod["spec"]["nodeName"])
    path = f"/containerLogs/{context.info.namespace}/{context.info.name}/{container}"
    return await fetch(context, address, path, urlencode(options), content_type="text/plain")


async def fetch(
    context: Context, address: NodeAddress, path: str, query: str, *, content_type: str = "", method: str = "GET"
) -> BodyStream:
    """A request to the kubelet whose answer is passed on as it comes. Raises what the kubelet refuses with."""
    kubelets = kubelets_of(context)
    url = f"{address.url}{path}" + (f"?{query}" if query else "")
    try:
        answer = await kubelets.session().request(
            method, url, ssl=kubelets.context(), data=context.request.body or None
        )
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise internal_error(f"error dialing backend: {error or type(error).__name__}") from error
    if content_type and answer.status >= 400:
        text = (await answer.read()).decode(errors="replace").strip()
        answer.release()
        raise _refusal(answer.status, text)
    kind = content_type or answer.headers.get("content-type", "application/octet-stream")
    return BodyStream(pieces(answer), kind, answer.status)


def _refusal(status: int, text: str) -> APIError:
    if status == 400:
        return bad_request(text)
    reasons = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 503: "ServiceUnavailable"}
    return failure(status, reasons.get(status, "InternalError"), text)


async def pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body as it comes; the connection is closed when nobody reads on."""
    try:
        async for piece in answer.content.iter_any():
            yield piece
    finally:
        answer.close()


async def exec_(context: Context) -> Answer:
    """POST or GET pods/x/exec: a command in a container. Raises 400, 404."""
    if not context.request.query_all("command"):
        raise bad_request("you must specify at least 1 command for the container")
    return await _into_container(context, "exec")


async def attach(context: Context) -> Answer:
    """POST or GET pods/x/attach: the streams of what runs already. Raises 400, 404."""
    return await _into_container(context, "attach")


async def _into_container(context: Context, kind: str) -> Answer:
    pod = context.cache.object(await context.current())
    query = context.request.query
    container = choose_container(pod, query.get("container", ""))
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        phase = pod["status"]["phase"]
        raise bad_request(f"cannot exec into a container in a completed pod; current phase is {phase}")
    streams = [("input", "stdin"), ("output", "stdout"), ("error", "stderr"), ("tty", "tty")]
    options = [(theirs, "1") for theirs, ours in streams if query.get(ours, "").lower() in ("true", "1")]
    options += [("command", word) for word in context.request.query_all("command")]
    path = f"/{kind}/{context.info.namespace}/{context.info.name}/{container}"
    return _upgrade(context, pod, kind, f"{path}?{urlencode(options)}")


async def port_forward(context: Context) -> Answer:
    """POST or GET pods/x/portforward. Raises 404."""
    pod = context.cache.object(await context.current())
    ports = [("port", port) for given in context.request.query_all("ports") for port in given.split(",")]
    query = f"?{urlencode(ports)}" if ports else ""
    return _upgrade(context, pod, "portforward", f"/portForward/{context.info.namespace}/{context.info.name}{query}")


def _upgrade(context: Context, pod: Json, kind: str, location: str) -> Upgrade:
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {pod['metadata']['name']} does not have a host assigned")
    address = kubelets_of(context).address_of(pod["spec"]["nodeName"])
    if "upgrade" not in context.request.headers:
        raise bad_request("Upgrade request required")
    carrier = carrier_for(kind, context.request.headers, context.request.query)
    if carrier is not None:
        return Upgrade(lambda raw: _translate(kubelets_of(context), address, location, carrier, raw))
    return Upgrade(lambda raw: join_kubelet(kubelets_of(context), address, location, raw))


async def _translate(
    kubelets: Kubelets, address: NodeAddress, location: str, carrier: Carrier, raw: Any
) -> web.StreamResponse:
    """Join the client's WebSocket to a SPDY stream of the kubelet until one of them has ended."""
    key = raw.headers.get("sec-websocket-key", "")
    try:
        far = await kubelets.connect(address)
        try:
            await ask_kubelet(far, address.host, location, carrier)
        except BaseException:
            far[1].close()
            raise
    except (OSError, TimeoutError, Refused) as error:
        refused = error_response(internal_error(f"error dialing backend: {error or type(error).__name__}"))
        return web.Response(status=refused.status, body=refused.body, content_type="application/json")
    near = take_over(raw.transport)
    near[1].write(accepted(key, carrier))
    await serve(near, far, carrier, idle_seconds=_IDLE_SECONDS)
    raw.protocol.force_close()
    return web.Response()


async def join_kubelet(kubelets: Kubelets, address: NodeAddress, location: str, raw: Any) -> web.StreamResponse:
    """Join the client's connection to a stream of the kubelet until both ends are done."""
    try:
        far = await kubelets.connect(address)
    except (OSError, TimeoutError) as error:
        refused = error_response(service_unavailable(f"error dialing backend: {error or type(error).__name__}"))
        return web.Response(status=refused.status, body=refused.body, content_type="application/json")
    head = request_head(raw.method, raw.raw_path, raw.raw_headers)
    try:
        rewritten = rewrite_head(head, address.url + location)
    except BadRequestHead as error:
        far[1].close()
        status = bad_request(str(error)).status
        return web.Response(status=400, body=orjson.dumps(status), content_type="application/json")
    near = take_over(raw.transport)
    far[1].write(rewritten)
    try:
        await join(near, far, _IDLE_SECONDS, SYSTEM_CLOCK)
    except asyncio.CancelledError:
        near[1].close()
        raise
    raw.protocol.force_close()
    return web.Response()


HANDLERS: dict[tuple[str, str], Handler] = {
    ("get", "log"): log,
    **{
        (verb, subresource): admitted(handler, options_of)
        for subresource, handler, options_of in (
            ("exec", exec_, exec_options),
            ("attach", attach, attach_options),
            ("portforward", port_forward, port_forward_options),
        )
        for verb in ("get", "create")
    },
}
