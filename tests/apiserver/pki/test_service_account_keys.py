"""Keys that sign tokens: their ids, and loading them."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pybernetes.apiserver.pki.service_account_keys import ensure_signing_key
from pybernetes.component.signing_keys import (
    UnusableKey,
    load_verifying_key,
    public_key_pem,
    signing_key,
    verifying_key,
)


def test_key_id_is_the_digest_of_the_public_key() -> None:
    key = signing_key(ec.generate_private_key(ec.SECP256R1()))
    der = key.verifying.public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert base64.urlsafe_b64decode(key.verifying.key_id + "=") == hashlib.sha256(der).digest()


def test_algorithm_follows_the_kind_of_key() -> None:
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert signing_key(rsa_key).verifying.algorithm == "RS256"
    assert signing_key(ec.generate_private_key(ec.SECP256R1())).verifying.algorithm == "ES256"


def test_other_curves_are_refused() -> None:
    with pytest.raises(UnusableKey, match="P-256 or RSA"):
        verifying_key(ec.generate_private_key(ec.SECP384R1()).public_key())


def test_key_is_made_once_and_loads_from_either_file(tmp_path: Path) -> None:
    first, second = ensure_signing_key(tmp_path), ensure_signing_key(tmp_path)
    assert first.verifying.key_id == second.verifying.key_id
    for name in ("sa.key", "sa.pub"):
        assert load_verifying_key(tmp_path / name).key_id == first.verifying.key_id


def test_file_without_a_key_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "wrong.pem"
    path.write_bytes(public_key_pem(ec.generate_private_key(ec.SECP256R1()).public_key())[:40])
    with pytest.raises(UnusableKey, match=r"wrong\.pem"):
        load_verifying_key(path)
