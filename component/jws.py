"""Signed tokens in JWS compact form (RFC 7515) with ES256 or RS256, no more of the standard than that.

It is our own because the whole need is one header, one payload and one signature, and the libraries cost an import
on the way to the first request and accept more algorithms than a service account token may have. The algorithm is
taken from the key, never from the token, so a token cannot choose a weaker check.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from pybernetes.component.signing_keys import SigningKey, VerifyingKey

_ES256_PART_BYTES = 32
_SHA256 = hashes.SHA256()
_ECDSA_SHA256 = ec.ECDSA(_SHA256)


class MalformedToken(ValueError):
    """Not a JWS in compact form."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A token taken apart, its signature not yet verified."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def sign(claims: dict[str, Any], key: SigningKey) -> str:
    """The token that says `claims`, signed by `key`."""
    header = {"alg": key.verifying.algorithm, "kid": key.verifying.key_id}
    signed = _encode(orjson.dumps(header)) + b"." + _encode(orjson.dumps(claims))
    if isinstance(key.private_key, rsa.RSAPrivateKey):
        signature = key.private_key.sign(signed, padding.PKCS1v15(), _SHA256)
    else:
        r, s = decode_dss_signature(key.private_key.sign(signed, _ECDSA_SHA256))
        signature = r.to_bytes(_ES256_PART_BYTES, "big") + s.to_bytes(_ES256_PART_BYTES, "big")
    return (signed + b"." + _encode(signature)).decode()


def parse(token: str) -> Parsed:
    """The token's parts. Raises MalformedToken."""
    try:
        raw = token.encode("ascii")
        head, payload, signature = raw.split(b".")
        header, claims = orjson.loads(_decode(head)), orjson.loads(_decode(payload))
        parsed = Parsed(header, claims, head + b"." + payload, _decode(signature))
    except (ValueError, binascii.Error) as error:
        raise MalformedToken(f"not a signed token: {error}") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise MalformedToken("not a signed token: its header or payload is no object")
    return parsed


def is_signed_by(parsed: Parsed, key: VerifyingKey) -> bool:
    """Whether the signature is `key`'s, by the key's own algorithm."""
    if parsed.header.get("alg") != key.algorithm:
        return False
    try:
        if isinstance(key.public_key, rsa.RSAPublicKey):
            key.public_key.verify(parsed.signature, parsed.signed, padding.PKCS1v15(), _SHA256)
        else:
            if len(parsed.signature) != 2 * _ES256_PART_BYTES:
                return False
            r = int.from_bytes(parsed.signature[:_ES256_PART_BYTES], "big")
            s = int.from_bytes(parsed.signature[_ES256_PART_BYTES:], "big")
            key.public_key.verify(encode_dss_signature(r, s), parsed.signed, _ECDSA_SHA256)
    except InvalidSignature:
        return False
    return True


def encode_integer(value: int, size_bytes: int = 0) -> str:
    """A big-endian integer as a JWK spells it, padded to `size_bytes`."""
    return _encode(value.to_bytes(size_bytes or (value.bit_length() + 7) // 8, "big")).decode()


def _encode(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _decode(content: bytes) -> bytes:
    return base64.b64decode(content + b"=" * (-len(content) % 4), altchars=b"-_", validate=True)
