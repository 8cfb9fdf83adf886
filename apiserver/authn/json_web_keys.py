"""Public keys that somebody else publishes (RFC 7517), and signatures by them: RS, PS and ES of 256, 384 and 512.

A key verifies with the algorithms of its own type only, whatever a token says; a key that names one algorithm, with
that one. What is not for signing, or of a type that is not known, is left out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pybernetes.component.jws import Parsed

ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
MAX_KEYS = 100

_CURVES: Mapping[str, tuple[type[ec.EllipticCurve], str]] = {
    "P-256": (ec.SECP256R1, "ES256"),
    "P-384": (ec.SECP384R1, "ES384"),
    "P-521": (ec.SECP521R1, "ES512"),
}
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}


@dataclass(frozen=True, slots=True)
class JsonWebKey:
    """A public key, its id (may be empty) and the algorithms it verifies."""

    public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    key_id: str
    algorithms: tuple[str, ...]


def parse_key_set(found: Any) -> tuple[JsonWebKey, ...]:
    """The usable keys of a JSON Web Key Set. Raises ValueError for what is none."""
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise ValueError("not a JSON Web Key Set")
    return tuple(key for one in keys[:MAX_KEYS] if isinstance(one, dict) and (key := _key(one)) is not None)


def verifies(parsed: Parsed, keys: Iterable[JsonWebKey]) -> bool:
    """Whether one of the keys made the token's signature: the one it names, or any if it names none."""
    algorithm, key_id = parsed.header.get("alg"), parsed.header.get("kid")
    for key in keys:
        if key_id and key.key_id and key.key_id != key_id:
            continue
        if algorithm in key.algorithms and _is_signed_by(parsed, key, str(algorithm)):
            return True
    return False


def _key(found: Mapping[str, Any]) -> JsonWebKey | None:
    if found.get("use") not in (None, "sig"):
        return None
    key_id, named = str(found.get("kid") or ""), found.get("alg")
    try:
        if found.get("kty") == "RSA":
            numbers = rsa.RSAPublicNumbers(_integer(found["e"]), _integer(found["n"]))
            algorithms = tuple(name for name in ALGORITHMS if name[:2] in ("RS", "PS") and named in (None, name))
            return JsonWebKey(numbers.public_key(), key_id, algorithms)
        if found.get("kty") == "EC":
            curve, algorithm = _CURVES[str(found["crv"])]
            point = ec.EllipticCurvePublicNumbers(_integer(found["x"]), _integer(found["y"]), curve())
            return JsonWebKey(point.public_key(), key_id, (algorithm,) if named in (None, algorithm) else ())
    except (KeyError, ValueError, TypeError, AttributeError, binascii.Error):
        return None
    return None


def _integer(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def _is_signed_by(parsed: Parsed, key: JsonWebKey, algorithm: str) -> bool:
    digest = _HASHES[algorithm[2:]]()
    try:
        if isinstance(key.public_key, rsa.RSAPublicKey):
            key.public_key.verify(parsed.signature, parsed.signed, _padding(algorithm, digest), digest)
        else:
            half = (key.public_key.curve.key_size + 7) // 8
            if len(parsed.signature) != 2 * half:
                return False
            r = int.from_bytes(parsed.signature[:half], "big")
            s = int.from_bytes(parsed.signature[half:], "big")
            key.public_key.verify(encode_dss_signature(r, s), parsed.signed, ec.ECDSA(digest))
    except (InvalidSignature, ValueError):
        return False
    return True


def _padding(algorithm: str, digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.startswith("RS"):
        return padding.PKCS1v15()
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=padding.PSS.DIGEST_LENGTH)
