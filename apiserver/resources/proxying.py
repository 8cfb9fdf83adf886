"""The proxy subresource: HTTP to a node's kubelet, to a pod, or to a service, through the API server.

Names may say scheme and port: ``https:web:8443``; a service's port may be a name. The answer is passed on as it
comes. Counterpart: the proxy REST of nodes, pods and services.
"""

from __future__ import annotations

import random

import aiohttp

from pybernetes.api.errors import bad_request, not_found, service_unavailable
from pybernetes.api.object import Json
from pybernetes.apiserver.http import Answer, BodyStream, Request
from pybernetes.apiserver.resources.connecting import admitted, proxy_options
from pybernetes.apiserver.resources.hooks import Handler
from pybernetes.apiserver.resources.pod_streams import kubelets_of, pieces
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.service_address import endpoints_of

_VERBS = ("get", "create", "update", "patch", "delete")
_NOT_PASSED_ON = frozenset(
    ("host", "connection", "authorization", "keep-alive", "proxy-authorization", "te", "upgrade", "content-length")
)
_NOT_PASSED_BACK = frozenset(("transfer-encoding", "connection", "content-length", "keep-alive"))


def split_target(text: str) -> tuple[str, str, str]:
    """(scheme, name, port) of ``name``, ``name:port`` or ``scheme:name:port``. Raises 400."""
    parts = text.split(":")
    if len(parts) == 1:
        return "http", parts[0], ""
    if len(parts) == 2:
        return "http", parts[0], parts[1]
    if len(parts) == 3 and parts[0] in ("", "http", "https"):
        return parts[0] or "http", parts[1], parts[2]
    raise bad_request(f'invalid target "{text}"')


async def proxy_pod(context: Context) -> Answer:
    scheme, name, port = split_target(context.info.name)
    entry = context.cache.get(context.info.namespace, name)
    if entry is None:
        raise context.not_found(name)
    pod = context.cache.object(entry)
    address = (pod.get("status") or {}).get("podIP")
    if not address:
        raise bad_request("address not allowed: the pod has no address yet")
    chosen = port or _first_port(pod)
    return await forward(context, f"{scheme}://{_bracketed(address)}:{chosen}")


def _first_port(pod: Json) -> str:
    for container in pod["spec"].get("containers") or ():
        for port in container.get("ports") or ():
            return str(port["containerPort"])
    return "80"


async def proxy_service(context: Context) -> Answer:
    scheme, name, wanted = split_target(context.info.name)
    entry = context.cache.get(context.info.namespace, name)
    if entry is None:
        raise context.not_found(name)
    ports = context.cache.object(entry)["spec"].get("ports") or ()
    if not wanted and len(ports) != 1:
        raise service_unavailable(f'no endpoints available for service "{name}"')
    found = [port for port in ports if not wanted or wanted in (port.get("name"), str(port["port"]))]
    if not found:
        raise service_unavailable(f'no service port "{wanted}" found for service "{name}"')
    address, port = random.choice(
        endpoints_of(context.state.cache, context.info.namespace, name, found[0].get("name") or "")
    )
    return await forward(context, f"{scheme}://{_bracketed(address)}:{port}")


async def proxy_node(context: Context) -> Answer:
    _, name, port = split_target(context.info.name)
    if context.cache.get("", name) is None:
        raise not_found("nodes", name)
    address = kubelets_of(context).address_of(name)
    if port and port != str(address.port):
        return await forward(context, f"http://{_bracketed(address.host)}:{port}")
    return await forward(context, address.url, to_kubelet=True)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


async def forward(context: Context, base: str, *, to_kubelet: bool = False) -> BodyStream:
    """The request, sent on to `base`; its answer, passed back. Raises 503 if nobody answers."""
    request = context.request
    kubelets = kubelets_of(context)
    url = base + (context.info.rest or "/") + (f"?{request.query_string}" if request.query_string else "")
    tls = kubelets.context() if to_kubelet else False
    try:
        answer = await kubelets.session().request(
            request.method, url, data=request.body or None, headers=_headers(request), ssl=tls, allow_redirects=False
        )
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise service_unavailable(f"error trying to reach service: {error or type(error).__name__}") from error
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in _NOT_PASSED_BACK}
    kind = headers.pop("Content-Type", "application/octet-stream")
    return BodyStream(pieces(answer), kind, answer.status, headers)


def _headers(request: Request) -> dict[str, str]:
    kept = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED_ON}
    if request.remote:
        kept["X-Forwarded-For"] = request.remote
    return kept


def handlers(proxy: Handler, options_kind: str) -> dict[tuple[str, str], Handler]:
    connect = admitted(proxy, proxy_options(options_kind))
    return {(verb, "proxy"): connect for verb in _VERBS}
