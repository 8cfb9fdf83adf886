"""A store that is full of pods, made without asking a server for each: what holding and loading them costs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
from api_process import ADMIN_TOKEN, Server, api_server, data_directory
from http_load import NextRequest, load, request_bytes
from objects import pod
from table import Row

from pybernetes.apiserver.cache.entry import encode
from pybernetes.apiserver.storage.open import open_store

DEFAULT_ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
PODS = "/api/v1/namespaces/default/pods"
_AT_ONCE = 500


async def prepare(server: Server) -> None:
    """What pods need to be admitted."""
    await server.call("POST", "/api/v1/namespaces/default/serviceaccounts", orjson.dumps(DEFAULT_ACCOUNT))


async def fill(server: Server, count: int) -> None:
    """`count` pods in the namespace default through the API, ten to a label."""
    names = iter(range(count))

    def following(connection: int, last: bytes) -> bytes | None:
        number = next(names, None)
        if number is None:
            return None
        return request_bytes("POST", PODS, ADMIN_TOKEN, pod(f"pod-{number:05d}", number // 10))

    ask: NextRequest = following
    rate = await load(server.port, server.context, ask, connections=16, seconds=300)
    if rate.failures:
        raise SystemExit(f"{rate.failures} of {count} pods were refused")


async def fill_store(directory: Path, template: bytes, count: int) -> None:
    """`count` pods like the one of the template, each with a name, uid and label of its own, straight to the store."""
    store = await open_store("sqlite", data_dir=directory)

    async def put(number: int) -> None:
        obj = orjson.loads(template)
        metadata = obj["metadata"]
        metadata["name"], metadata["namespace"] = f"many-{number:06d}", "many"
        metadata["uid"] = metadata["uid"][:-12] + f"{number:012d}"
        metadata["labels"]["app"] = f"app-{number // 10}"
        await store.create(f"/registry/pods/many/{metadata['name']}", encode(obj))

    for first in range(0, count, _AT_ONCE):
        await asyncio.gather(*(put(number) for number in range(first, min(count, first + _AT_ONCE))))
    await store.close()


async def filled_rows(count: int) -> list[Row]:
    """Start and memory of a server on a store of so many pods. Only for the embedded store."""
    with data_directory() as directory:
        with api_server("sqlite", directory) as server:
            await prepare(server)
            await fill(server, 1)
            template = (await server.call("GET", f"{PODS}/pod-00000"))[1]
            await server.call("DELETE", f"{PODS}/pod-00000?gracePeriodSeconds=0")
        with api_server("sqlite", directory) as server:
            again, empty = server.ready_seconds, server.memory_bytes()
        await fill_store(directory, template, count)
        with api_server("sqlite", directory) as server:
            ready, full = server.ready_seconds, server.memory_bytes()
    shown = f"{count:,} pods of {len(template):,} bytes"
    return [
        Row("start to ready, again, without pods", [again], "s"),
        Row(f"start to ready, {shown}", [ready], "s"),
        Row(
            "memory for a byte of their JSON",
            [(full - empty) / (count * len(template))],
            "B",
            f"{full >> 20} MiB in all",
        ),
    ]
