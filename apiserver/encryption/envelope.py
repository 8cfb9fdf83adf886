"""Values encrypted with keys that a key management plugin guards.

    k8s:enc:kms:v2:<name>:   an Envelope: 32 bytes of info, 12 of nonce, ciphertext and tag; and the encrypted seed

The server makes a seed and has the plugin encrypt it. Each value is encrypted with AES-GCM under a key of its own,
derived from the seed and 32 random bytes (HKDF with SHA-256), so one seed does for any number of values, and the
plugin is not asked when something is written. It is asked for its status once a minute; when its key is another one,
a new seed is made, and what the older key wrote is stale. Without a good status for three minutes nothing is written:
the key may have been withdrawn.

A seed that is met when something is read is asked for once and remembered. Encrypting and decrypting are synchronous;
whoever reads from the store has the seeds fetched before (`missing`, `learn`).

Counterpart: apiserver/pkg/storage/value/encrypt/envelope/kmsv2.
"""

from __future__ import annotations

import logging
import os
import uuid
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from google.protobuf.message import DecodeError

from pybernetes.apiserver.encryption.kms_plugin import Encrypted, KmsPlugin, PluginFailed
from pybernetes.apiserver.encryption.kmspb import kms_pb2 as pb
from pybernetes.apiserver.encryption.transformers import CannotDecrypt, CannotEncrypt
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

POLL_SECONDS = 60.0
POLL_ILL_SECONDS = 10.0
_USABLE_SECONDS = 180.0
_SEED_BYTES = _KEY_BYTES = _INFO_BYTES = 32
_NONCE_BYTES = 12
_SEED_TYPE = 1  # HKDF_SHA256_XNONCE_AES_GCM_SEED
_SEED_LIMIT = 1000  # one for each key that the plugin had and each start of a server


@dataclass(frozen=True, slots=True)
class _Seed:
    """What is written with, and until when."""

    plain: bytes
    encrypted: Encrypted
    usable_until: float


class KmsEnvelope:
    """A `Transformer` over one plugin."""

    def __init__(self, name: str, plugin: KmsPlugin, *, clock: Clock = SYSTEM_CLOCK):
        self.prefix = b"k8s:enc:kms:v2:" + name.encode() + b":"
        self.name = name
        self._plugin = plugin
        self._clock = clock
        self._current: _Seed | None = None
        self._seeds: dict[bytes, bytes] = {}
        self._trouble = "the plugin has not been asked yet"

    # -- Transformer

    def encrypt(self, plain: bytes, authenticated: bytes) -> bytes:
        """Raises CannotEncrypt."""
        seed = self._current
        if seed is None or self._clock.monotonic() > seed.usable_until:
            raise CannotEncrypt(f'KMS provider "{self.name}" cannot be written with: {self._trouble}')
        info, nonce = os.urandom(_INFO_BYTES), os.urandom(_NONCE_BYTES)
        data = info + nonce + AESGCM(_derived(seed.plain, info)).encrypt(nonce, plain, authenticated)
        encrypted = seed.encrypted
        envelope = pb.Envelope(
            encrypted_data=data,
            key_id=encrypted.key_id,
            encrypted_seed=encrypted.ciphertext,
            annotations=dict(encrypted.annotations),
            seed_type=_SEED_TYPE,
        )
        return bytes(envelope.SerializeToString())

    def decrypt(self, stored: bytes, authenticated: bytes) -> bytes:
        envelope = _envelope(stored)
        seed = self._seeds.get(envelope.encrypted_seed)
        if seed is None:
            raise CannotDecrypt(f'KMS provider "{self.name}" could not decrypt the seed')
        data: bytes = envelope.encrypted_data
        info, nonce = data[:_INFO_BYTES], data[_INFO_BYTES : _INFO_BYTES + _NONCE_BYTES]
        try:
            return AESGCM(_derived(seed, info)).decrypt(nonce, data[_INFO_BYTES + _NONCE_BYTES :], authenticated)
        except (InvalidTag, ValueError) as error:
            raise CannotDecrypt("cipher: message authentication failed") from error

    def is_current(self, stored: bytes) -> bool:
        """Whether the plugin's current key wrote this."""
        return self._current is not None and _envelope(stored).key_id == self._current.encrypted.key_id

    # -- the plugin

    def missing(self, stored: bytes) -> Encrypted | None:
        """The seed that has to be learnt before this can be decrypted, if any."""
        try:
            envelope = _envelope(stored)
        except CannotDecrypt:
            return None
        if envelope.encrypted_seed in self._seeds:
            return None
        return Encrypted(envelope.encrypted_seed, envelope.key_id, dict(envelope.annotations))

    async def learn(self, encrypted: Encrypted) -> None:
        """Have the plugin decrypt a seed. Raises CannotDecrypt."""
        try:
            seed = await self._plugin.decrypt(encrypted, str(uuid.uuid4()))
        except PluginFailed as error:
            raise CannotDecrypt(f'KMS provider "{self.name}": {error}') from error
        if len(seed) != _SEED_BYTES:
            raise CannotDecrypt(f"the seed is {len(seed)} bytes long, expected {_SEED_BYTES}")
        self._remember(encrypted.ciphertext, seed)

    async def poll(self) -> bool:
        """Ask how the plugin is, and make a new seed if its key is another one; whether it is well."""
        try:
            key_id = await self._plugin.status()
            current, until = self._current, self._clock.monotonic() + _USABLE_SECONDS
            if current is not None and current.encrypted.key_id == key_id:
                self._current = _Seed(current.plain, current.encrypted, until)
            else:
                plain = os.urandom(_SEED_BYTES)
                encrypted = await self._plugin.encrypt(plain, str(uuid.uuid4()))
                self._current = _Seed(plain, encrypted, until)
                self._remember(encrypted.ciphertext, plain)
                log.info("a KMS plugin has another key", extra={"provider": self.name})
        except PluginFailed as error:
            self._trouble = str(error)
            log.error("a KMS plugin is not well", extra={"provider": self.name, "error": self._trouble})
            return False
        self._trouble = ""
        return True

    async def run(self) -> None:
        """Ask again and again, until cancelled."""
        while True:
            await self._clock.sleep(POLL_ILL_SECONDS if self._trouble else POLL_SECONDS)
            await self.poll()

    def check(self) -> None:
        """Raises RuntimeError with what is wrong."""
        if self._trouble:
            raise RuntimeError(f'KMS provider "{self.name}": {self._trouble}')

    async def close(self) -> None:
        await self._plugin.close()

    def _remember(self, encrypted: bytes, seed: bytes) -> None:
        while len(self._seeds) >= _SEED_LIMIT:
            del self._seeds[next(iter(self._seeds))]
        self._seeds[encrypted] = seed


def _derived(seed: bytes, info: bytes) -> bytes:
    return HKDFExpand(hashes.SHA256(), _KEY_BYTES, info).derive(seed)


def _envelope(stored: bytes) -> pb.Envelope:
    """Raises CannotDecrypt."""
    try:
        envelope = pb.Envelope.FromString(stored)
    except DecodeError as error:
        raise CannotDecrypt("what is stored is no envelope") from error
    if envelope.seed_type != _SEED_TYPE:
        raise CannotDecrypt(f"envelopes with keys of type {envelope.seed_type} cannot be read")
    return envelope
