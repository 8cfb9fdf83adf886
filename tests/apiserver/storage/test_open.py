from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pybernetes.apiserver.storage.etcd import EtcdStore
from pybernetes.apiserver.storage.interface import StoreUnavailable
from pybernetes.apiserver.storage.open import open_store
from pybernetes.apiserver.storage.sqlite import SQLiteStore


@pytest.mark.parametrize(
    "spec",
    ["", "sqlite:", "sqlit", "etcd", "etcd=", "etcd=127.0.0.1:2379", "etcd=http://", "etcd=http://a:1,", "sqlite=x"],
)
async def test_a_bad_spec_is_explained(spec: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected sqlite, sqlite:PATH or etcd=URL"):
        await open_store(spec, data_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_sqlite_lives_in_the_data_directory_or_where_it_is_told(tmp_path: Path) -> None:
    store = await open_store("sqlite", data_dir=tmp_path / "data")
    assert isinstance(store, SQLiteStore)
    await store.create("/a", b"")
    await store.close()
    assert (tmp_path / "data" / "state.db").exists()
    other = await open_store(f"sqlite:{tmp_path / 'other.db'}", data_dir=tmp_path / "unused")
    assert await other.get("/a") is None
    await other.close()
    assert not (tmp_path / "unused").exists()


async def test_etcd_with_a_namespace(etcd: Any, tmp_path: Path) -> None:
    spec = f"etcd={','.join(etcd.urls)}"
    one = await open_store(spec, data_dir=tmp_path, etcd_namespace="/test-open/one")
    two = await open_store(spec, data_dir=tmp_path, etcd_namespace="/test-open/two")
    whole = await open_store(spec, data_dir=tmp_path)
    assert isinstance(one, EtcdStore)
    watch = two.watch("", after_revision=await two.current_revision())
    await one.create("/a", b"1")
    revision = await two.create("/a", b"2")
    assert [(kv.key, kv.value) for kv in (await one.list("")).items] == [("/a", b"1")]
    assert [event.value for event in (await anext(watch)).events] == [b"2"]
    assert [kv.key for kv in (await whole.list("/test-open/")).items] == [
        "/test-open/one/a",
        "/test-open/two/a",
    ]
    await two.delete("/a", expected_revision=revision)
    await watch.aclose()
    for store in (one, two, whole):
        await store.close()


async def test_etcd_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pybernetes.apiserver.storage.etcd.REQUEST_SECONDS", 0.5)
    with pytest.raises(StoreUnavailable, match="no etcd endpoint can be reached within"):
        await open_store("etcd=http://127.0.0.1:9,http://127.0.0.1:10", data_dir=tmp_path)
