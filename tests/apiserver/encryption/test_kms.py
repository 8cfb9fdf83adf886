"""Secrets under keys of a plugin: written, read again after a restart, rotated, and refused when the plugin is ill."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pybernetes.apiserver.encryption.encrypted_store import EncryptedStore
from pybernetes.apiserver.encryption.envelope import KmsEnvelope
from pybernetes.apiserver.encryption.kms_plugin import KmsPlugin
from pybernetes.apiserver.encryption.kmspb import kms_pb2 as pb
from pybernetes.apiserver.encryption.transformers import CannotDecrypt, CannotEncrypt
from pybernetes.component.clock import FakeClock
from tests.apiserver.conftest import Api, running
from tests.apiserver.encryption.kms_plugin_server import PluginServer, plugin_at
from tests.apiserver.encryption.test_encrypted_store import PLAIN, SECRETS, options, secret, stored

PREFIX = b"k8s:enc:kms:v2:vault:"


@pytest.fixture
async def plugin(tmp_path: Path) -> AsyncIterator[PluginServer]:
    async with plugin_at(tmp_path / "kms.sock") as plugin:
        yield plugin


@pytest.fixture
async def envelope(plugin: PluginServer, tmp_path: Path) -> AsyncIterator[KmsEnvelope]:
    envelope = KmsEnvelope("vault", KmsPlugin(f"unix://{tmp_path / 'kms.sock'}", 3.0), clock=FakeClock())
    yield envelope
    await envelope.close()


def kms(tmp_path: Path) -> dict[str, object]:
    return {
        "kms": {"apiVersion": "v2", "name": "vault", "endpoint": f"unix://{tmp_path / 'kms.sock'}", "timeout": "3s"}
    }


async def test_each_value_has_its_own_key_and_the_plugin_is_asked_once(
    plugin: PluginServer, envelope: KmsEnvelope
) -> None:
    assert await envelope.poll()
    first, second = (envelope.encrypt(b"swordfish", b"/a") for _ in range(2))
    assert pb.Envelope.FromString(first).encrypted_data != pb.Envelope.FromString(second).encrypted_data
    assert envelope.decrypt(first, b"/a") == envelope.decrypt(second, b"/a") == b"swordfish"
    assert envelope.missing(first) is None
    with pytest.raises(CannotDecrypt, match="message authentication failed"):
        envelope.decrypt(first, b"/b")
    assert await envelope.poll()
    assert plugin.asked == ["Status", "Encrypt", "Status"]


async def test_another_server_learns_the_seed_from_the_plugin(
    plugin: PluginServer, envelope: KmsEnvelope, tmp_path: Path
) -> None:
    assert await envelope.poll()
    written = envelope.encrypt(b"swordfish", b"/a")
    other = KmsEnvelope("vault", KmsPlugin(f"unix://{tmp_path / 'kms.sock'}", 3.0), clock=FakeClock())
    with pytest.raises(CannotDecrypt, match="could not decrypt the seed"):
        other.decrypt(written, b"/a")
    missing = other.missing(written)
    assert missing is not None and missing.key_id == "key-1"
    await other.learn(missing)
    assert other.decrypt(written, b"/a") == b"swordfish"
    await other.close()


async def test_a_new_key_of_the_plugin_makes_what_the_old_wrote_stale(
    plugin: PluginServer, envelope: KmsEnvelope
) -> None:
    assert await envelope.poll()
    old = envelope.encrypt(b"swordfish", b"/a")
    plugin.current = "key-2"
    assert await envelope.poll()
    new = envelope.encrypt(b"swordfish", b"/a")
    assert (envelope.is_current(old), envelope.is_current(new)) == (False, True)
    assert envelope.decrypt(old, b"/a") == envelope.decrypt(new, b"/a") == b"swordfish"


async def test_without_a_well_plugin_nothing_is_written_after_three_minutes(
    plugin: PluginServer, tmp_path: Path
) -> None:
    clock = FakeClock()
    envelope = KmsEnvelope("vault", KmsPlugin(f"unix://{tmp_path / 'kms.sock'}", 3.0), clock=clock)
    with pytest.raises(CannotEncrypt, match="has not been asked yet"):
        envelope.encrypt(b"x", b"/a")
    assert await envelope.poll()
    envelope.check()
    plugin.healthz = "sealed"
    assert not await envelope.poll()
    with pytest.raises(RuntimeError, match='"vault": got unexpected healthz status "sealed"'):
        envelope.check()
    written = envelope.encrypt(b"x", b"/a")
    await clock.advance(181)
    with pytest.raises(CannotEncrypt, match="sealed"):
        envelope.encrypt(b"x", b"/a")
    assert envelope.decrypt(written, b"/a") == b"x"
    await envelope.close()


async def test_secrets_survive_a_restart_and_a_rotation(plugin: PluginServer, tmp_path: Path) -> None:
    async with running(options(tmp_path, kms(tmp_path), PLAIN)) as server:
        api = Api(server)
        made = await api.create(SECRETS, secret("swordfish"))
        first = await stored(api)
        assert first.startswith(PREFIX) and pb.Envelope.FromString(first[len(PREFIX) :]).key_id == "key-1"
        assert (await api.answer("GET", "/readyz/kms-providers")).status == 200  # type: ignore[union-attr]
    plugin.current = "key-2"
    plugin.asked.clear()
    async with running(options(tmp_path, kms(tmp_path), PLAIN)) as server:
        api = Api(server)
        assert (await api.get(f"{SECRETS}/password"))["data"] == made["data"]
        assert plugin.asked.count("Decrypt") == 1
        assert await stored(api) == first
        await api.ok("PUT", f"{SECRETS}/password", await api.get(f"{SECRETS}/password"))
        assert pb.Envelope.FromString((await stored(api))[len(PREFIX) :]).key_id == "key-2"
        store = server.state.store
        assert isinstance(store, EncryptedStore)
        plugin.healthz = "sealed"
        await store.configuration.poll()
        status, answer = await api.call("GET", "/readyz")
        assert status == 500 and "[-]kms-providers failed: reason withheld" in answer["text"]
