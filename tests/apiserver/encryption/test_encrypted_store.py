"""A server whose secrets are encrypted: what stands in the file, and what clients see; rotation and reload."""

from __future__ import annotations

import base64
import sqlite3
from pathlib import Path

import pytest
import yaml

from pybernetes.api.object import Json
from pybernetes.apiserver.encryption.configuration import parse_configuration
from pybernetes.apiserver.encryption.encrypted_store import EncryptedStore
from pybernetes.apiserver.encryption.reload import EncryptionReload
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.storage.interface import EventType, StoreUnavailable
from pybernetes.apiserver.storage.sqlite import SQLiteStore
from tests.apiserver.conftest import Api, config_map, running

SECRETS = "/api/v1/namespaces/default/secrets"
KEY = "/registry/secrets/default/password"
OLD = {"aesgcm": {"keys": [{"name": "old", "secret": base64.b64encode(bytes(32)).decode()}]}}
NEW = {"aescbc": {"keys": [{"name": "new", "secret": base64.b64encode(bytes([7]) * 32).decode()}]}}
PLAIN: Json = {"identity": {}}


def content(*providers: Json) -> bytes:
    entry = {"resources": ["secrets"], "providers": list(providers)}
    made = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration", "resources": [entry]}
    return yaml.safe_dump(made).encode()


def options(folder: Path, *providers: Json) -> Options:
    file = folder / "encryption.yaml"
    file.write_bytes(content(*providers))
    return Options(folder, secure_port=-1, encryption_provider_config=str(file))


def secret(value: str) -> Json:
    metadata = {"name": "password", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"it": value}}


def file_bytes(folder: Path) -> bytes:
    """Everything in the file of the embedded store, its log included."""
    with sqlite3.connect(folder / "state.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(FULL)")
    return (folder / "state.db").read_bytes()


async def stored(api: Api) -> bytes:
    store = api.server.state.store
    inner = store._inner if isinstance(store, EncryptedStore) else store
    found = await inner.get(KEY)
    assert found is not None
    return found.value


async def test_clients_see_secrets_and_the_file_does_not(tmp_path: Path) -> None:
    async with running(options(tmp_path, OLD, PLAIN)) as server:
        api = Api(server)
        async with api.watch(SECRETS) as watched:
            await api.create(SECRETS, secret("swordfish"))
            assert (await watched.next())["object"]["data"]["it"] == base64.b64encode(b"swordfish").decode()
        assert (await api.get(f"{SECRETS}/password"))["data"]["it"] == base64.b64encode(b"swordfish").decode()
        assert len((await api.get(SECRETS))["items"]) == 1
        assert (await stored(api)).startswith(b"k8s:enc:aesgcm:v1:old:")
        await api.create("/api/v1/namespaces/default/configmaps", config_map("open", it="plain to see"))
    kept = file_bytes(tmp_path)
    assert base64.b64encode(b"swordfish") not in kept
    assert b"plain to see" in kept


async def test_an_update_that_changes_nothing_rewrites_what_an_older_key_wrote(tmp_path: Path) -> None:
    async with running(options(tmp_path, PLAIN)) as server:
        made = await Api(server).create(SECRETS, secret("swordfish"))
    for providers, prefix in (((OLD, PLAIN), b"k8s:enc:aesgcm:v1:old:"), ((NEW, OLD), b"k8s:enc:aescbc:v1:new:")):
        async with running(options(tmp_path, *providers)) as server:
            api = Api(server)
            current = await api.get(f"{SECRETS}/password")
            assert current["data"] == made["data"]
            assert not (await stored(api)).startswith(prefix)
            rewritten = await api.ok("PUT", f"{SECRETS}/password", current)
            assert (await stored(api)).startswith(prefix)
            assert rewritten["metadata"]["resourceVersion"] != current["metadata"]["resourceVersion"]
            again = await api.ok("PUT", f"{SECRETS}/password", rewritten)
            assert again["metadata"]["resourceVersion"] == rewritten["metadata"]["resourceVersion"]


async def test_a_changed_file_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "encryption.yaml"
    file.write_bytes(content(OLD))
    inner = await SQLiteStore.open(tmp_path / "state.db")
    store = EncryptedStore(inner, parse_configuration(file.read_bytes()))
    reload = EncryptionReload(file, store)
    await store.create(KEY, b"value")
    await store.get(KEY)
    assert not await reload.look()
    file.write_bytes(b"kind: Nonsense")
    assert not await reload.look()
    assert not store.is_stale(KEY)
    file.write_bytes(content(NEW, OLD))
    assert await reload.look()
    assert store.is_stale(KEY)
    await store.update(KEY, b"value", expected_revision=(await inner.current_revision()))
    found = await inner.get(KEY)
    assert found is not None
    assert found.value.startswith(b"k8s:enc:aescbc:v1:new:")
    await store.close()


async def test_what_no_key_reads_ends_the_read_and_the_watch(tmp_path: Path) -> None:
    inner = await SQLiteStore.open(tmp_path / "state.db")
    await EncryptedStore(inner, parse_configuration(content(OLD))).create(KEY, b"value")
    store = EncryptedStore(inner, parse_configuration(content(NEW)))
    why = 'unable to transform key "/registry/secrets/default/password": no matching prefix found'
    with pytest.raises(StoreUnavailable, match=why):
        await store.get(KEY)
    with pytest.raises(StoreUnavailable, match=why):
        await store.list("/registry/")
    watch = store.watch("/registry/", after_revision=0)
    with pytest.raises(StoreUnavailable, match=why):
        await anext(watch)
    await watch.aclose()
    await store.close()


async def test_a_watch_decrypts_what_was_and_what_is(tmp_path: Path) -> None:
    inner = await SQLiteStore.open(tmp_path / "state.db")
    store = EncryptedStore(inner, parse_configuration(content(OLD)))
    start = await store.current_revision()
    first = await store.create(KEY, b"one")
    second = await store.update(KEY, b"two", expected_revision=first)
    await store.delete(KEY, expected_revision=second)
    watch = store.watch("/registry/", after_revision=start)
    events = []
    while len(events) < 3:
        events += (await anext(watch)).events
    assert [(event.type, event.value, event.previous and event.previous.value) for event in events] == [
        (EventType.PUT, b"one", None),
        (EventType.PUT, b"two", b"one"),
        (EventType.DELETE, b"", b"two"),
    ]
    await watch.aclose()
    await store.close()
