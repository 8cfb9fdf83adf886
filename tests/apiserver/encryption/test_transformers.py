"""The bytes in the store are Kubernetes': what its aesgcm wrote under the same key name and key, ours reads."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pybernetes.apiserver.encryption.transformers import (
    AesCbc,
    AesGcm,
    CannotDecrypt,
    Identity,
    Providers,
    Secretbox,
    Transformer,
)

KEY = "/registry/secrets/default/password"
PLAIN = b'{"kind":"Secret"}'
ONE, TWO = bytes(range(32)), bytes(range(32, 64))
MAKERS = (AesGcm, AesCbc, Secretbox)


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_encrypted_is_read_again(make: type[AesGcm | AesCbc | Secretbox]) -> None:
    providers = Providers([make("key1", ONE), Identity()])
    stored = providers.encrypt(KEY, PLAIN)
    assert stored.startswith(b"k8s:enc:" + make.__name__.lower().encode() + b":v1:key1:")
    assert PLAIN not in stored
    assert providers.encrypt(KEY, PLAIN) != stored, "a nonce is never used twice"
    found = providers.decrypt(KEY, stored)
    assert (found.value, found.stale) == (PLAIN, False)


def test_aesgcm_is_nonce_then_ciphertext_with_the_key_of_the_store_authenticated() -> None:
    nonce = b"twelve bytes"
    stored = b"k8s:enc:aesgcm:v1:key1:" + nonce + AESGCM(ONE).encrypt(nonce, PLAIN, KEY.encode())
    providers = Providers([AesGcm("key1", ONE)])
    assert providers.decrypt(KEY, stored).value == PLAIN
    with pytest.raises(CannotDecrypt, match="message authentication failed"):
        providers.decrypt("/registry/secrets/default/other", stored)


@pytest.mark.parametrize(
    ("writer", "readers", "stale"),
    [
        (AesGcm("old", ONE), [AesGcm("new", TWO), AesGcm("old", ONE)], True),
        (Identity(), [AesGcm("new", TWO), Identity()], True),
        (AesGcm("new", TWO), [Identity(), AesGcm("new", TWO)], True),
        (AesGcm("new", TWO), [AesGcm("new", TWO), Identity()], False),
        (Identity(), [Identity()], False),
    ],
)
def test_the_first_provider_writes_and_all_read(writer: Transformer, readers: list[Transformer], stale: bool) -> None:
    found = Providers(readers).decrypt(KEY, Providers([writer]).encrypt(KEY, PLAIN))
    assert (found.value, found.stale) == (PLAIN, stale)


@pytest.mark.parametrize(
    ("stored", "readers", "why"),
    [
        (b"k8s:enc:aesgcm:v1:lost:xxxx", [AesGcm("key1", ONE)], "no matching prefix found"),
        (PLAIN, [AesGcm("key1", ONE)], "no matching prefix found"),
        (b"k8s:enc:aesgcm:v1:lost:xxxx", [Identity()], "identity transformer tried to read encrypted data"),
        (b"k8s:enc:aesgcm:v1:key1:short", [AesGcm("key1", ONE)], "shorter than the required size"),
        (b"k8s:enc:aescbc:v1:key1:short", [AesCbc("key1", ONE)], "shorter than the required size"),
        (b"k8s:enc:aescbc:v1:key1:" + bytes(20), [AesCbc("key1", ONE)], "not a multiple of the block size"),
        (b"k8s:enc:aescbc:v1:key1:" + bytes(32), [AesCbc("key1", ONE)], "invalid padding"),
        (b"k8s:enc:secretbox:v1:key1:" + bytes(60), [Secretbox("key1", ONE)], "damaged"),
        (b"k8s:enc:secretbox:v1:key1:", [Secretbox("key1", ONE)], "damaged"),
    ],
)
def test_what_cannot_be_read_is_never_handed_out(stored: bytes, readers: list[Transformer], why: str) -> None:
    with pytest.raises(CannotDecrypt, match=why):
        Providers(readers).decrypt(KEY, stored)
