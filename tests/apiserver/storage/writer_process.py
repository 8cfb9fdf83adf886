"""Writes to the store named on the command line until it is killed, and prints each write that was acknowledged.

writer_process.py PATH NAME -> "key revision" a line, each printed after its write returned
"""

from __future__ import annotations

import asyncio
import os
import sys

from pybernetes.apiserver.storage.sqlite import SQLiteStore

WRITERS = 16


async def main(path: str, name: str) -> None:
    store = await SQLiteStore.open(path)

    async def write(worker: int) -> None:
        for i in range(1_000_000):
            key = f"/{name}/{worker}/{i % 50}"
            found = await store.get(key)
            if found is None:
                revision = await store.create(key, f"{name}-{i}".encode() * 100)
            else:
                revision = await store.update(key, f"{name}-{i}".encode() * 100, expected_revision=found.revision)
            os.write(1, f"{key} {revision} {name}-{i}\n".encode())

    async with asyncio.TaskGroup() as tasks:
        for worker in range(WRITERS):
            tasks.create_task(write(worker))
        tasks.create_task(compact(store))


async def compact(store: SQLiteStore) -> None:
    while True:
        await asyncio.sleep(0.05)
        await store.compact(await store.current_revision() - 100 if await store.current_revision() > 200 else 1)


asyncio.run(main(*sys.argv[1:]))
