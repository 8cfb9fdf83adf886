"""Work for a cluster while parts of it are killed, and a book of what the API server has acknowledged.

    writers (config maps) ─┐
                           ├─ HTTPS ─> API server          Ledger: for each key, the values that may be there now
    churn (deployments)  ──┘

A write that was answered leaves its key one possible value. One whose answer was lost leaves two, the old and the new,
until the next answered write settles it: every write carries the resourceVersion that it was decided on, so a write
that the store commits late can never overtake one that was answered. `Ledger.differences` compares what is there at
the end with the book; what a writer itself meets meanwhile and cannot be goes to `Ledger.violations`.

Everything runs in one thread with an event loop of its own (`Remote`), so that tests stay plain functions.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.client import kubeconfig as kubeconfigs
from pybernetes.client.client import Client
from pybernetes.client.https import HTTPSTransport
from pybernetes.client.transport import TransportError
from tests.e2e.launched import until

Answer = TypeVar("Answer")
WRITERS = 6
KEYS_PER_WRITER = 8
# About a hundred writes a second in all: enough for some to be under way whenever something is killed, and little
# beside what two cores do.
PAUSE_SECONDS = 0.05
CHURN_SECONDS = 1.0
RETRY_SECONDS = 0.1
# Longer than any outage here: a component that is away for more has not come back.
PATIENCE_SECONDS = 90.0
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class Remote:
    """An event loop in a thread, and a client over HTTPS in it. Close it."""

    def __init__(self, kubeconfig: Path):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="load", daemon=True)
        self._thread.start()
        self.client: Client = self.run(self._connect(kubeconfig))

    async def _connect(self, kubeconfig: Path) -> Client:
        return Client(HTTPSTransport(kubeconfigs.load(kubeconfig)), user_agent="load")

    def run(self, work: Coroutine[Any, Any, Answer], seconds: float = PATIENCE_SECONDS) -> Answer:
        """What a coroutine gives that runs in our loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Have a coroutine run on in our loop."""

        async def begin() -> asyncio.Task[None]:
            return asyncio.create_task(work, name=name)

        return self.run(begin())

    def wait(self, task: asyncio.Task[None]) -> None:
        """Wait until a task has ended. Raises what it has failed with."""

        async def end() -> None:
            await task

        self.run(end())

    def cancel(self, task: asyncio.Task[None]) -> None:
        """End a task that would not end by itself. Raises what it has failed with."""

        async def end() -> None:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()

        self.run(end())

    def list(self, kind: str, namespace: str = "", **options: str) -> list[Any]:
        """The items there are; waits until there is an answer."""

        async def items() -> list[Any]:
            found = await answered(lambda: self.client.list(kind, namespace, **options))  # type: ignore[arg-type]
            return list(found.get("items") or ())

        return self.run(items())

    def get(self, kind: str, name: str, namespace: str = "") -> Any:
        """One object; waits until there is an answer."""

        async def one() -> Any:
            return await answered(lambda: self.client.get(kind, name, namespace))

        return self.run(one())

    def patch(self, kind: str, name: str, patch: Any, namespace: str = "") -> Any:
        """A merge patch; sent until there is an answer."""

        async def one() -> Any:
            return await answered(lambda: self.client.patch(kind, name, patch, namespace))

        return self.run(one())

    def close(self) -> None:
        self.run(self.client.transport.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()


def was_not_sent(error: Exception) -> bool:
    """Whether a request that failed has certainly not reached a server."""
    return isinstance(error, TransportError) and isinstance(error.__cause__, aiohttp.ClientConnectorError)


def is_unanswered(error: Exception) -> bool:
    """Whether a failure says nothing of whether the request was done: the connection broke, or the server was ill."""
    return isinstance(error, TransportError) or (isinstance(error, APIError) and error.code >= _SERVER_ERROR)


async def answered(ask: Callable[[], Awaitable[Answer]], seconds: float = PATIENCE_SECONDS) -> Answer:
    """Ask until the server answers; for what may be asked twice. Raises the last failure after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except (APIError, TransportError) as error:
            refused = isinstance(error, APIError) and error.code == _TOO_MANY_REQUESTS
            if not (is_unanswered(error) or refused) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(RETRY_SECONDS)


class Ledger:
    """What may be stored under each key: None is "nothing". Pure; times are handed in."""

    def __init__(self) -> None:
        self.possible: dict[str, set[int | None]] = {}
        self.acknowledged = 0
        self.lost_answers = 0
        self.violations: list[str] = []
        self.longest_gap_seconds = 0.0
        self._last_answer: float | None = None

    def may_be(self, key: str) -> set[int | None]:
        return self.possible.setdefault(key, {None})

    def wrote(self, key: str, value: int | None, now: float) -> None:
        """The server has said that this is now there."""
        self.possible[key] = {value}
        self.acknowledged += 1
        if self._last_answer is not None:
            self.longest_gap_seconds = max(self.longest_gap_seconds, now - self._last_answer)
        self._last_answer = now

    def may_have_written(self, key: str, value: int | None) -> None:
        """The answer to a write is lost."""
        self.may_be(key).add(value)
        self.lost_answers += 1

    def saw(self, key: str, value: int | None) -> None:
        """A read has given this."""
        if value not in self.may_be(key):
            self.violations.append(f"{key} is {value}, but can only be {_listed(self.may_be(key))}")

    def refused(self, key: str, why: str) -> None:
        """A write was turned down as if somebody else had changed the key. Only a lost answer explains that."""
        if len(self.may_be(key)) == 1:
            self.violations.append(f"{key} is {_listed(self.may_be(key))}, but a write to it was refused: {why}")

    def differences(self, found: Mapping[str, int]) -> list[str]:
        """What is stored and what can be: one line for each key where they differ."""
        lines = [f"{key} is {found[key]}, and nobody has written it" for key in sorted(found.keys() - self.possible)]
        for key, values in sorted(self.possible.items()):
            if found.get(key) not in values:
                lines.append(f"{key} is {found.get(key)}, but was acknowledged as {_listed(values)}")
        return lines


def _listed(values: set[int | None]) -> str:
    return " or ".join(sorted(map(str, values)))


class Writers:
    """Creates, updates and deletes config maps in one namespace; each key has one writer."""

    def __init__(self, client: Client, namespace: str, ledger: Ledger):
        self._client = client
        self._namespace = namespace
        self._ledger = ledger
        self._versions: dict[str, str] = {}  # resourceVersion of the keys that are there, as far as is known
        self._next = 0
        self.ended = False  # set: finish the write under way and no more (one that is broken off has no answer)

    async def run(self) -> None:
        """Write until `ended`."""
        async with asyncio.TaskGroup() as group:
            for number in range(WRITERS):
                group.create_task(self._write(number), name=f"writer {number}")

    async def _write(self, number: int) -> None:
        choice = random.Random(number)
        keys = [f"load-{number}-{index}" for index in range(KEYS_PER_WRITER)]
        while not self.ended:
            await self._once(choice.choice(keys), choice)
            await asyncio.sleep(PAUSE_SECONDS * choice.uniform(0.5, 1.5))

    async def _once(self, key: str, choice: random.Random) -> None:
        """One write, and, where its answer is lost, reads until one is answered."""
        version = self._versions.get(key)
        self._next += 1
        value = None if version is not None and choice.random() < 0.2 else self._next
        try:
            await self._send(key, value, version)
        except (APIError, TransportError) as error:
            if was_not_sent(error) or (isinstance(error, APIError) and error.code == _TOO_MANY_REQUESTS):
                await asyncio.sleep(RETRY_SECONDS)
                return
            if is_conflict(error) or is_already_exists(error) or is_not_found(error):
                self._ledger.refused(key, str(error))
            elif is_unanswered(error):
                self._ledger.may_have_written(key, value)
            else:
                raise
            await self._read(key)

    async def _send(self, key: str, value: int | None, version: str | None) -> None:
        if value is None:
            await self._client.delete("configmaps", key, self._namespace, resource_version=version or "")
            self._versions.pop(key, None)
        else:
            obj = self._config_map(key, value, version)
            verb = self._client.create if version is None else self._client.update
            self._versions[key] = (await verb("configmaps", obj))["metadata"]["resourceVersion"]
        self._ledger.wrote(key, value, time.monotonic())

    def _config_map(self, key: str, value: int, version: str | None) -> Any:
        metadata = {"name": key, "namespace": self._namespace, "labels": {"load": "true"}}
        if version is not None:
            metadata["resourceVersion"] = version
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": str(value)}}

    async def _read(self, key: str) -> None:
        try:
            found = await answered(lambda: self._client.get("configmaps", key, self._namespace))
        except APIError as error:
            if not is_not_found(error):
                raise
            self._versions.pop(key, None)
            self._ledger.saw(key, None)
            return
        self._versions[key] = found["metadata"]["resourceVersion"]
        self._ledger.saw(key, int(found["data"]["value"]))


class Churn:
    """Scales and rolls a few deployments, and remembers what each was last told."""

    def __init__(self, client: Client, namespace: str, names: list[str]):
        self._client = client
        self._namespace = namespace
        self.wanted: dict[str, tuple[int, str]] = dict.fromkeys(names, (1, "0"))  # replicas and revision
        self.changes = 0
        self.ended = False

    async def run(self) -> None:
        """Change one after the other until `ended`."""
        choice = random.Random(len(self.wanted))
        while not self.ended:
            for name in self.wanted:
                await asyncio.sleep(CHURN_SECONDS)
                if self.ended:
                    return
                replicas, revision = self.wanted[name]
                if choice.random() < 0.5:
                    replicas = choice.choice([each for each in (1, 2, 3) if each != replicas])
                else:
                    revision = str(self.changes + 1)
                await self._tell(name, replicas, revision)

    async def _tell(self, name: str, replicas: int, revision: str) -> None:
        """Repeats itself until it is answered: the change is the same, however often it is made."""
        template = {"metadata": {"annotations": {"revision": revision}}}
        patch = {"spec": {"replicas": replicas, "template": template}}
        await answered(lambda: self._client.patch("deployments.apps", name, patch, self._namespace))
        self.wanted[name] = (replicas, revision)
        self.changes += 1


class Load:
    """Writers and churn in a namespace; `stop` ends them, then `differences` says what has gone wrong."""

    def __init__(self, remote: Remote, namespace: str, deployments: list[str]):
        self._remote = remote
        self._namespace = namespace
        self.ledger = Ledger()
        self.churn = Churn(remote.client, namespace, deployments)
        self._writers = Writers(remote.client, namespace, self.ledger)
        self._tasks = [remote.start(self._writers.run(), "writers")]
        if deployments:
            self._tasks.append(remote.start(self.churn.run(), "churn"))

    def goes_on(self, writes: int = 100, changes: int = 2, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until so many more writes have been acknowledged, and so many more changes of deployments."""
        wanted_writes = self.ledger.acknowledged + writes
        wanted_changes = self.churn.changes + (changes if self.churn.wanted else 0)

        def done() -> bool:
            for task in self._tasks:
                assert not task.done(), f"{task.get_name()} has ended: {task}"
            return self.ledger.acknowledged >= wanted_writes and self.churn.changes >= wanted_changes

        until("the load goes on", done, seconds)

    def stands_still(self, seconds: float) -> None:
        """Wait until no write has been acknowledged for so long."""
        last, since = self.ledger.acknowledged, time.monotonic()

        def still() -> bool:
            nonlocal last, since
            if self.ledger.acknowledged != last:
                last, since = self.ledger.acknowledged, time.monotonic()
            return time.monotonic() - since >= seconds

        until("nothing is acknowledged", still, seconds + PATIENCE_SECONDS)

    def stop(self) -> None:
        self._writers.ended = self.churn.ended = True
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            self._remote.wait(task)

    def differences(self) -> list[str]:
        """What was acknowledged and is not so."""
        found = self._remote.list("configmaps", self._namespace, label_selector="load=true")
        stored = {each["metadata"]["name"]: int(each["data"]["value"]) for each in found}
        lines = self.ledger.violations + self.ledger.differences(stored)
        for name, wanted in self.churn.wanted.items():
            spec = self._remote.get("deployments.apps", name, self._namespace)["spec"]
            told = (spec["replicas"], (spec["template"]["metadata"].get("annotations") or {}).get("revision", "0"))
            if told != wanted:
                lines.append(f"deployment {name} is {told}, but {wanted} was acknowledged")
        return lines

    def __str__(self) -> str:
        book = self.ledger
        return (
            f"{book.acknowledged} writes acknowledged, {book.lost_answers} answers lost, at most "
            f"{book.longest_gap_seconds:.2f} s without one, {self.churn.changes} changes of deployments"
        )


@contextmanager
def running_load(remote: Remote, namespace: str, deployments: list[str]) -> Iterator[Load]:
    """A load that ends in any case."""
    load = Load(remote, namespace, deployments)
    try:
        yield load
    finally:
        load.stop()
