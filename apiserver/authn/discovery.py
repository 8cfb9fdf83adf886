"""The documents by which others verify our service account tokens, after OpenID Connect Discovery.

Served at ``/.well-known/openid-configuration`` and ``/openid/v1/jwks``.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric import rsa

from pybernetes.api.object import Json
from pybernetes.component.jws import encode_integer
from pybernetes.component.signing_keys import VerifyingKey

CONFIGURATION_PATH = "/.well-known/openid-configuration"
KEYS_PATH = "/openid/v1/jwks"
KEYS_CONTENT_TYPE = "application/jwk-set+json"
CACHING = {"cache-control": "public, max-age=3600"}  # both documents change with the flags only

_P256_BYTES = 32


def openid_configuration(issuer: str, keys: Iterable[VerifyingKey], *, keys_uri: str) -> Json:
    """Who issues, where its keys are (`keys_uri`, https) and how it signs."""
    return {
        "issuer": issuer,
        "jwks_uri": keys_uri,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": sorted({key.algorithm for key in keys}),
    }


def json_web_keys(keys: Iterable[VerifyingKey]) -> Json:
    """The public keys as a JSON Web Key Set."""
    return {"keys": [_json_web_key(key) for key in keys]}


def _json_web_key(key: VerifyingKey) -> Json:
    made: Json = {"use": "sig", "kid": key.key_id, "alg": key.algorithm}
    if isinstance(key.public_key, rsa.RSAPublicKey):
        numbers = key.public_key.public_numbers()
        return {**made, "kty": "RSA", "n": encode_integer(numbers.n), "e": encode_integer(numbers.e)}
    point = key.public_key.public_numbers()
    x, y = encode_integer(point.x, _P256_BYTES), encode_integer(point.y, _P256_BYTES)
    return {**made, "kty": "EC", "crv": "P-256", "x": x, "y": y}
