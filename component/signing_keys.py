"""The keys that sign and verify service account tokens.

One private key signs; any number of public keys verify, so that a key can be replaced while tokens signed by the
old one live on. A token names its key by id: the unpadded base64url of the SHA-256 of the public key's DER
(SubjectPublicKeyInfo), as Kubernetes derives it, so that tokens of the one verify with the other.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class UnusableKey(ValueError):
    """A file or a key that cannot sign or verify tokens; the message names it."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key, its id, and the one JWS algorithm it verifies: ES256 or RS256."""

    public_key: PublicKey
    key_id: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with what verifies its signatures."""

    private_key: PrivateKey
    verifying: VerifyingKey


def generate_signing_key() -> SigningKey:
    return signing_key(ec.generate_private_key(ec.SECP256R1()))


def signing_key(private_key: PrivateKey) -> SigningKey:
    return SigningKey(private_key, verifying_key(private_key.public_key()))


def verifying_key(public_key: PublicKey) -> VerifyingKey:
    """Raises UnusableKey for a curve other than P-256."""
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        if not isinstance(public_key.curve, ec.SECP256R1):
            raise UnusableKey(
                f"service account keys on curve {public_key.curve.name} are not supported; use P-256 or RSA"
            )
        return VerifyingKey(public_key, key_id(public_key), "ES256")
    return VerifyingKey(public_key, key_id(public_key), "RS256")


def key_id(public_key: PublicKey) -> str:
    der = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def public_key_pem(public_key: PublicKey) -> bytes:
    return public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def load_signing_key(path: Path) -> SigningKey:
    """The private key of --service-account-signing-key-file. Raises UnusableKey, OSError."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise UnusableKey(f"{path} holds no usable private key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise UnusableKey(f"{path} holds a {type(key).__name__}; EC and RSA keys can sign service account tokens")
    return signing_key(key)


def load_verifying_key(path: Path) -> VerifyingKey:
    """A public or private key of --service-account-key-file. Raises UnusableKey, OSError."""
    content = path.read_bytes()
    if b"PRIVATE KEY" in content:
        return load_signing_key(path).verifying
    try:
        key = serialization.load_pem_public_key(content)
    except ValueError as error:
        raise UnusableKey(f"{path} holds no public key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise UnusableKey(f"{path} holds a {type(key).__name__}; EC and RSA keys can verify service account tokens")
    return verifying_key(key)
