"""The providers: from an object's bytes to what is stored, and back.

    k8s:enc:aesgcm:v1:<key>:   12 bytes of nonce, ciphertext and tag; the store's key is authenticated with it
    k8s:enc:aescbc:v1:<key>:   16 bytes of initial vector, ciphertext padded after PKCS #7; not authenticated
    k8s:enc:secretbox:v1:<key>:  24 bytes of nonce, then XSalsa20 and Poly1305 as NaCl has them
    k8s:enc:kms:v2:<name>:       see `envelope`
    (identity: no prefix)      the bytes themselves

A resource has a list of providers. The first of them, with the first of its keys, writes; all read, found by prefix.
What another wrote is stale: it is to be written anew when somebody updates it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

if TYPE_CHECKING:
    from nacl.secret import SecretBox

    from pybernetes.apiserver.encryption.kms_plugin import Encrypted

ENCRYPTED_PREFIX = b"k8s:enc:"
_GCM_NONCE_BYTES = 12
_CBC_BLOCK_BYTES = 16


class CannotDecrypt(Exception):
    """Stored bytes that no configured provider and key can read; the message says why."""


class CannotEncrypt(Exception):
    """There is no key to write with now; the message says why."""


class Transformer(Protocol):
    """One provider with one key. `prefix` is what its stored bytes start with."""

    prefix: bytes

    def encrypt(self, plain: bytes, authenticated: bytes) -> bytes:
        """What to store after the prefix."""

    def decrypt(self, stored: bytes, authenticated: bytes) -> bytes:
        """The object of what stands after the prefix. Raises CannotDecrypt."""


class Guarded(Transformer, Protocol):
    """One whose keys somebody else guards and changes."""

    def is_current(self, stored: bytes) -> bool:
        """Whether the current key wrote what stands after the prefix."""

    def missing(self, stored: bytes) -> Encrypted | None:
        """What has to be learnt before it can be decrypted."""

    async def learn(self, encrypted: Encrypted) -> None:
        """Raises CannotDecrypt."""


class Identity:
    """As it is. It refuses to hand out what another provider wrote as if that were an object."""

    prefix = b""

    def encrypt(self, plain: bytes, authenticated: bytes) -> bytes:
        return plain

    def decrypt(self, stored: bytes, authenticated: bytes) -> bytes:
        if stored.startswith(ENCRYPTED_PREFIX):
            raise CannotDecrypt("identity transformer tried to read encrypted data")
        return stored


class AesGcm:
    """AES in Galois/counter mode under a random nonce. Keys should be rotated before 2^32 writes."""

    def __init__(self, name: str, key: bytes):
        self.prefix = b"k8s:enc:aesgcm:v1:" + name.encode() + b":"
        self._cipher = AESGCM(key)

    def encrypt(self, plain: bytes, authenticated: bytes) -> bytes:
        nonce = os.urandom(_GCM_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, authenticated)

    def decrypt(self, stored: bytes, authenticated: bytes) -> bytes:
        if len(stored) < _GCM_NONCE_BYTES:
            raise CannotDecrypt("the stored data was shorter than the required size")
        try:
            return self._cipher.decrypt(stored[:_GCM_NONCE_BYTES], stored[_GCM_NONCE_BYTES:], authenticated)
        except InvalidTag as error:
            raise CannotDecrypt("cipher: message authentication failed") from error


class AesCbc:
    """AES in cipher block chaining mode. It hides and does not authenticate; it is here for what it wrote before."""

    def __init__(self, name: str, key: bytes):
        self.prefix = b"k8s:enc:aescbc:v1:" + name.encode() + b":"
        self._key = algorithms.AES(key)

    def encrypt(self, plain: bytes, authenticated: bytes) -> bytes:
        vector = os.urandom(_CBC_BLOCK_BYTES)
        padder = PKCS7(_CBC_BLOCK_BYTES * 8).padder()
        encryptor = Cipher(self._key, modes.CBC(vector)).encryptor()
        return vector + encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()

    def decrypt(self, stored: bytes, authenticated: bytes) -> bytes:
        if len(stored) < _CBC_BLOCK_BYTES:
            raise CannotDecrypt("the stored data was shorter than the required size")
        if len(stored) % _CBC_BLOCK_BYTES:
            raise CannotDecrypt("the stored data is not a multiple of the block size")
        decryptor = Cipher(self._key, modes.CBC(stored[:_CBC_BLOCK_BYTES])).decryptor()
        padded = decryptor.update(stored[_CBC_BLOCK_BYTES:]) + decryptor.finalize()
        unpadder = PKCS7(_CBC_BLOCK_BYTES * 8).unpadder()
        try:
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:
            raise CannotDecrypt("invalid padding on input") from error


class Secretbox:
    """NaCl's secret box."""

    def __init__(self, name: str, key: bytes):
        from nacl.secret import SecretBox  # imported late: a library of its own that few clusters need

        self.prefix = b"k8s:enc:secretbox:v1:" + name.encode() + b":"
        self._box: SecretBox = SecretBox(key)

    def encrypt(self, plain: bytes, authenticated: bytes) -> bytes:
        return bytes(self._box.encrypt(plain))

    def decrypt(self, stored: bytes, authenticated: bytes) -> bytes:
        from nacl.exceptions import CryptoError

        try:
            return bytes(self._box.decrypt(stored))
        except (CryptoError, ValueError) as error:
            raise CannotDecrypt("the data was damaged or encrypted with another key") from error


@dataclass(frozen=True, slots=True)
class Decrypted:
    """An object's bytes, and whether another than the writing provider and key had written them."""

    value: bytes
    stale: bool


class Providers:
    """The providers of one resource, in order: the first writes. Never empty."""

    def __init__(self, transformers: Sequence[Transformer], guarded: Sequence[Guarded] = ()):
        """`guarded` are those among them whose keys somebody else guards."""
        self._transformers = tuple(transformers)
        self._writer = self._transformers[0]
        self._guarded = tuple(guarded)

    def encrypt(self, key: str, plain: bytes) -> bytes:
        """What to store of an object under `key`."""
        return self._writer.prefix + self._writer.encrypt(plain, key.encode())

    def decrypt(self, key: str, stored: bytes) -> Decrypted:
        """The object stored under `key`. Raises CannotDecrypt with what every provider said that knew the prefix."""
        failures = []
        for transformer in self._transformers:
            if not stored.startswith(transformer.prefix):
                continue
            try:
                plain = transformer.decrypt(stored[len(transformer.prefix) :], key.encode())
            except CannotDecrypt as error:
                failures.append(str(error))
                continue
            stale = transformer is not self._writer
            if not stale and self._guarded and transformer is self._guarded[0]:
                stale = not self._guarded[0].is_current(stored[len(transformer.prefix) :])
            return Decrypted(plain, stale=stale)
        raise CannotDecrypt(", ".join(failures) or "no matching prefix found")

    async def prepare(self, stored: bytes) -> None:
        """Learn what has to be known before this can be decrypted. Raises CannotDecrypt."""
        for guarded in self._guarded:
            if stored.startswith(guarded.prefix):
                missing = guarded.missing(stored[len(guarded.prefix) :])
                if missing is not None:
                    await guarded.learn(missing)
