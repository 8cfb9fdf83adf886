"""The API server killed while a hundred watches are open: each goes on from where it was, and none misses anything.

Half of them are informers, with a cache and handlers; half are raw watches that resume by themselves from the last
version they saw, as a client of any other make would. Either must, once writing has ended, have exactly what the store
has, and must have been told of every single change since all were watching, of each key's in order, and of none twice.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from pybernetes.api.errors import APIError, is_expired
from pybernetes.client.client import Client
from pybernetes.client.informer import Informer
from pybernetes.client.transport import TransportError
from tests.e2e.faults import faulty_cluster, kill
from tests.e2e.launched import free_port, until
from tests.e2e.load import RETRY_SECONDS, Remote, answered, running_load

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(200)]
WATCHERS_OF_EACH_KIND = 50
RESTARTS = 3
CAUGHT_UP_SECONDS = 30.0
Versions = dict[str, str]


class Counting(Client):
    """A client that counts the lists that were answered."""

    lists = 0

    async def list(self, *arguments: Any, **options: Any) -> Any:
        found = await super().list(*arguments, **options)
        self.lists += 1
        return found


class Watcher:
    """What one watcher believes is there: name to resourceVersion."""

    def __init__(self, name: str):
        self.name = name
        self.versions: Versions = {}
        self.expired = 0
        self.resumed = 0
        self.disorder: list[str] = []
        self.seen: set[int] = set()
        self._newest: dict[str, int] = {}

    def saw(self, obj: Any, *, gone: bool = False) -> None:
        """An event of a watch; one key's events come once each, and in order."""
        name, version = obj["metadata"]["name"], obj["metadata"]["resourceVersion"]
        if int(version) <= self._newest.get(name, 0):
            self.disorder.append(f"{name} at {version} after {self._newest[name]}")
        self._newest[name] = int(version)
        self.seen.add(int(version))
        if gone:
            self.versions.pop(name, None)
        else:
            self.versions[name] = version


async def follow_raw(client: Client, namespace: str, watcher: Watcher) -> None:
    """List once, then watch for ever, resuming from the last version seen; 410 alone has it list again."""
    version = ""
    while True:
        try:
            if not version:
                listed = await answered(lambda: client.list("configmaps", namespace))
                watcher.versions = {
                    each["metadata"]["name"]: each["metadata"]["resourceVersion"] for each in listed["items"]
                }
                version = listed["metadata"]["resourceVersion"]
            async with client.watch("configmaps", namespace, resource_version=version) as batches:
                async for batch in batches:
                    for event in batch:
                        if event["type"] != "BOOKMARK":
                            watcher.saw(event["object"], gone=event["type"] == "DELETED")
                        version = event["object"]["metadata"]["resourceVersion"]
            watcher.resumed += 1
        except TransportError:
            watcher.resumed += 1
            await asyncio.sleep(RETRY_SECONDS)
        except APIError as error:
            if is_expired(error):
                watcher.expired += 1
                version = ""
            await asyncio.sleep(RETRY_SECONDS)


def informing(client: Client, namespace: str, watcher: Watcher) -> Informer:
    """An informer that tells the watcher of everything."""
    informer = Informer(client, "configmaps", namespace=namespace)
    informer.add_handler(
        on_add=watcher.saw,
        on_update=lambda new, old: watcher.saw(new),
        on_delete=lambda last: watcher.saw(last, gone=True),
    )
    return informer


async def follow(client: Client, namespace: str, watchers: dict[str, list[Watcher]]) -> None:
    """Run all watchers until cancelled."""
    async with asyncio.TaskGroup() as group:
        for watcher in watchers["raw"]:
            group.create_task(follow_raw(client, namespace, watcher), name=watcher.name)
        for watcher in watchers["informer"]:
            group.create_task(informing(client, namespace, watcher).run(), name=watcher.name)


@pytest.mark.parametrize("separate", [False, True], ids=["one-process", "separate"])
def test_a_hundred_watches_lose_nothing(separate: bool) -> None:
    flags = ["--control-plane-only", "--port", str(free_port()), *(["--separate"] if separate else [])]
    with faulty_cluster(*flags) as (cluster, remote):
        watching = Remote(cluster.kubeconfig)
        watchers = {
            kind: [Watcher(f"{kind} {number}") for number in range(WATCHERS_OF_EACH_KIND)]
            for kind in ("raw", "informer")
        }
        everyone = [*watchers["raw"], *watchers["informer"]]
        try:
            client = Counting(watching.client.transport)
            following = watching.start(follow(client, "default", watchers), "watchers")
            with running_load(remote, "default", []) as load:
                load.goes_on()
                until("all watch", lambda: all(each.versions for each in everyone))
                listed = remote.run(remote.client.list("configmaps", "default"))
                begun = int(listed["metadata"]["resourceVersion"])  # after what each of them has listed
                for _ in range(RESTARTS):
                    kill("apiserver" if separate else "control-plane", cluster.processes)
                    load.goes_on()
                load.stop()
                print(load)
                differences = load.differences()
                assert not differences, "\n".join(differences)
            _check(remote, everyone, begun)
            assert client.lists == len(everyone), f"{client.lists} lists for {len(everyone)} watchers"
            assert not following.done(), following
            for watcher in watchers["raw"]:
                assert watcher.resumed >= RESTARTS, f"{watcher.name} was not interrupted"
            watching.cancel(following)
        finally:
            watching.close()


def _check(remote: Remote, everyone: list[Watcher], since: int) -> None:
    """All believe what is true, saw every event since a version, in order and once, and never had to list anew."""
    truth = {
        each["metadata"]["name"]: each["metadata"]["resourceVersion"] for each in remote.list("configmaps", "default")
    }
    begun = time.monotonic()

    def wrong() -> dict[str, Versions]:
        return {each.name: each.versions for each in everyone if each.versions != truth}

    try:
        until("everybody has what is stored", lambda: not wrong(), CAUGHT_UP_SECONDS)
    except AssertionError as error:
        name, found = next(iter(wrong().items()))
        lost = sorted(set(truth.items()) ^ set(found.items()))
        raise AssertionError(f"{error}; {len(wrong())} of {len(everyone)} differ, {name} in {lost}") from None
    print(f"all {len(everyone)} agree after {time.monotonic() - begun:.2f} s")
    events = {version for each in everyone for version in each.seen if version > since}
    print(f"{len(events)} events since all watch")
    missed = {each.name: sorted(events - each.seen)[:5] for each in everyone if events - each.seen}
    assert not missed, f"events that some saw and others did not: {missed}"
    disorder = [f"{each.name}: {line}" for each in everyone for line in each.disorder]
    assert not disorder, "\n".join(disorder[:20])
    expired = {each.name: each.expired for each in everyone if each.expired}
    assert not expired, f"told to list anew: {expired}"
