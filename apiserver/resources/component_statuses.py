"""Component statuses: how the store, the controllers and the scheduler are, asked when somebody reads.

Nothing is stored. Each component is asked through a check of its own, which raises what is wrong: by default the health
endpoint that it serves on this machine; whoever runs a component in this process puts a check of its own in its place.

Counterpart: pkg/registry/core/componentstatus.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import aiohttp

from pybernetes.api.object import Json
from pybernetes.apiserver.cache.entry import Entry, encode
from pybernetes.apiserver.cache.selection import selection_of
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.resources.hooks import Hooks
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.forms import included_object, many, one

Check = Callable[[], Awaitable[None]]
EXTENSION = "component checks"  # by name, in the state's extensions
CONTROLLER_MANAGER, SCHEDULER, STORE = "controller-manager", "scheduler", "etcd-0"
_TIMEOUT_SECONDS = 5.0
_PORTS = {CONTROLLER_MANAGER: 10257, SCHEDULER: 10259}


def component_checks(check_store: Check) -> dict[str, Check]:
    """The checks of all components, by name."""
    return {STORE: check_store} | {name: _endpoint(f"http://127.0.0.1:{port}/healthz") for name, port in _PORTS.items()}


def _endpoint(url: str) -> Check:
    async def check() -> None:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            if answer.status != 200:
                raise RuntimeError(f"HTTP probe failed with statuscode: {answer.status}")

    return check


async def get(context: Context) -> Response:
    checks: Mapping[str, Check] = context.state.extensions[EXTENSION]
    name = context.info.name
    if name not in checks:
        raise context.not_found()
    entry = _entry(context, await _status(name, checks[name]))
    include = included_object(context.request, context.wanted)
    return Response(200, one(context.cache, entry, context.wanted, context.state.now(), include))


async def list_(context: Context) -> Response:
    checks: Mapping[str, Check] = context.state.extensions[EXTENSION]
    selection = selection_of(context.request.query, context.definition)
    statuses = await asyncio.gather(*(_status(name, check) for name, check in sorted(checks.items())))
    entries = [entry for entry in (_entry(context, status) for status in statuses) if selection.matches(entry)]
    include = included_object(context.request, context.wanted)
    return many(context.cache, entries, {}, context.wanted, context.state.now(), include)


async def _status(name: str, check: Check) -> Json:
    healthy, message = "True", "ok"
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            await check()
    except Exception as error:  # whatever it is, it is what the reader asked for
        healthy, message = "False", str(error) or type(error).__name__
    return {"metadata": {"name": name}, "conditions": [{"type": "Healthy", "status": healthy, "message": message}]}


def _entry(context: Context, status: Json) -> Entry:
    resource = context.resource
    value = encode({"apiVersion": resource.api_version, "kind": resource.kind, **status})
    return Entry("", status["metadata"]["name"], 0, value[len(context.cache.prefix) :], {}, ())


HOOKS = Hooks(handlers={("get", ""): get, ("list", ""): list_})
