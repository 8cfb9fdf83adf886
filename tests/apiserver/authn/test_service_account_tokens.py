"""Service account tokens, from their request to the user they stand for."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, deep_copy, format_time
from pybernetes.apiserver.authn.discovery import json_web_keys, openid_configuration
from pybernetes.apiserver.authn.service_account_tokens import LEGACY_ISSUER
from pybernetes.apiserver.authn.token_authenticator import InvalidToken
from pybernetes.component import jws
from pybernetes.component.signing_keys import generate_signing_key, signing_key

if TYPE_CHECKING:
    from tests.apiserver.authn.conftest import Tokens

ISSUER = "https://kubernetes.default.svc.cluster.local"
POD = {"kind": "Pod", "apiVersion": "v1", "name": "web-1", "uid": "web-1-uid"}
HERE = (ISSUER,)


def claims_of(token: str) -> dict[str, Any]:
    return jws.parse(token).claims


def test_claims_are_kubernetes(tokens: Tokens) -> None:
    claims = claims_of(tokens.issue({"boundObjectRef": POD, "audiences": ["vault"], "expirationSeconds": 7200}))
    issued_at = int(tokens.clock.now().timestamp())
    assert claims == {
        "aud": ["vault"],
        "exp": issued_at + 7200,
        "iat": issued_at,
        "iss": ISSUER,
        "jti": "id-1",
        "kubernetes.io": {
            "namespace": "shop",
            "node": {"name": "n1", "uid": "n1-uid"},
            "pod": {"name": "web-1", "uid": "web-1-uid"},
            "serviceaccount": {"name": "web", "uid": "web-uid"},
        },
        "nbf": issued_at,
        "sub": "system:serviceaccount:shop:web",
    }


def test_verified_token_gives_kubernetes_user(tokens: Tokens) -> None:
    found = tokens.verifier().authenticate_token(tokens.issue({"boundObjectRef": POD}), HERE)
    assert found is not None
    assert found.user.name == "system:serviceaccount:shop:web"
    assert found.user.uid == "web-uid"
    assert found.user.groups == ("system:serviceaccounts", "system:serviceaccounts:shop")
    assert found.user.extra == {
        "authentication.kubernetes.io/credential-id": ("JTI=id-1",),
        "authentication.kubernetes.io/pod-name": ("web-1",),
        "authentication.kubernetes.io/pod-uid": ("web-1-uid",),
        "authentication.kubernetes.io/node-name": ("n1",),
        "authentication.kubernetes.io/node-uid": ("n1-uid",),
    }
    assert found.audiences == HERE


def test_rsa_keys_sign_too_and_headers_name_the_key(tokens: Tokens) -> None:
    tokens.key = signing_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    token = tokens.issue()
    assert jws.parse(token).header == {"alg": "RS256", "kid": tokens.key.verifying.key_id}
    assert tokens.verifier().authenticate_token(token, HERE) is not None


def test_tokens_of_a_rotated_key_live_on_while_the_key_is_known(tokens: Tokens) -> None:
    old_key, token = tokens.key, tokens.issue()
    new_key = generate_signing_key()
    assert tokens.verifier(new_key, old_key).authenticate_token(token, HERE) is not None
    with pytest.raises(InvalidToken, match="invalid bearer token"):
        tokens.verifier(new_key).authenticate_token(token, HERE)


async def test_expired(tokens: Tokens) -> None:
    token = tokens.issue({"expirationSeconds": 600})
    await tokens.clock.advance(599)
    assert tokens.verifier().authenticate_token(token, HERE) is not None
    await tokens.clock.advance(2)
    with pytest.raises(InvalidToken, match="expired"):
        tokens.verifier().authenticate_token(token, HERE)


def test_wrong_audience(tokens: Tokens) -> None:
    token = tokens.issue({"audiences": ["vault"]})
    with pytest.raises(InvalidToken, match="audiences"):
        tokens.verifier().authenticate_token(token, HERE)
    found = tokens.verifier().authenticate_token(token, ("other", "vault"))
    assert found is not None
    assert found.audiences == ("vault",)


def test_tokens_of_other_issuers_are_not_ours(tokens: Tokens) -> None:
    assert tokens.verifier().authenticate_token(tokens.issue(issuer="https://elsewhere"), HERE) is None


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "é.b.c", "e30.e30.!", "W10.W10."])
def test_what_is_no_token_is_not_ours(tokens: Tokens, token: str) -> None:
    assert tokens.verifier().authenticate_token(token, HERE) is None


@pytest.mark.parametrize("change", ["payload", "signature", "no signature", "alg none", "hmac with the public key"])
def test_forgeries(tokens: Tokens, change: str) -> None:
    head, payload, signature = tokens.issue().split(".")
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = "system:serviceaccount:kube-system:admin"

    def encoded(value: Any) -> str:
        return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()

    forged = {
        "payload": f"{head}.{encoded(claims)}.{signature}",
        "signature": f"{head}.{payload}.{'A' * len(signature)}",
        "no signature": f"{head}.{payload}.",
        "alg none": f"{encoded({'alg': 'none'})}.{payload}.",
        "hmac with the public key": f"{encoded({'alg': 'HS256', 'kid': tokens.key.verifying.key_id})}.{payload}.AAAA",
    }[change]
    with pytest.raises(InvalidToken):
        tokens.verifier().authenticate_token(forged, HERE)


def gone_account(tokens: Tokens) -> None:
    tokens.reader.delete("serviceaccounts", "web", "shop")


def another_account(tokens: Tokens) -> None:
    tokens.reader.put("serviceaccounts", {"metadata": {"name": "web", "namespace": "shop", "uid": "second"}})


def gone_pod(tokens: Tokens) -> None:
    tokens.reader.delete("pods", "web-1", "shop")


def another_pod(tokens: Tokens) -> None:
    tokens.reader.put("pods", {"metadata": {"name": "web-1", "namespace": "shop", "uid": "second"}})


def deleted_pod(tokens: Tokens) -> None:
    pod = deep_copy(tokens.pod)
    pod["metadata"]["deletionTimestamp"] = format_time(tokens.clock.now() - timedelta(seconds=61))
    tokens.reader.put("pods", pod)


def gone_node(tokens: Tokens) -> None:
    tokens.reader.delete("nodes", "n1")


def gone_secret(tokens: Tokens) -> None:
    tokens.reader.delete("secrets", "bound", "shop")


SECRET = {"kind": "Secret", "apiVersion": "v1", "name": "bound"}
NODE = {"kind": "Node", "apiVersion": "v1", "name": "n1"}


@pytest.mark.parametrize(
    ("bound_to", "change", "holds"),
    [
        (None, gone_account, False),
        (None, another_account, False),
        (None, gone_pod, True),
        (POD, gone_pod, False),
        (POD, another_pod, False),
        (POD, deleted_pod, False),
        (POD, gone_node, True),
        (SECRET, gone_secret, False),
        (NODE, gone_node, False),
        (NODE, gone_pod, True),
    ],
)
def test_token_lives_and_dies_with_what_it_is_bound_to(
    tokens: Tokens, bound_to: Json | None, change: Any, holds: bool
) -> None:
    """The same through the cache, which must notice, and without it."""
    spec = {"boundObjectRef": bound_to} if bound_to else {}
    token, authenticator = tokens.issue(spec), tokens.authenticator()
    headers = {"authorization": f"Bearer {token}"}
    authenticator.authenticate(headers)
    change(tokens)
    if holds:
        assert authenticator.authenticate(headers).name == "system:serviceaccount:shop:web"
        return
    with pytest.raises(APIError, match="Unauthorized"):
        authenticator.authenticate(headers)
    with pytest.raises(InvalidToken, match=r"not found|does not match|invalidated"):
        tokens.verifier().authenticate_token(token, HERE)


async def test_token_of_a_pod_that_is_being_deleted_works_for_one_more_minute(tokens: Tokens) -> None:
    authenticator, headers = (
        tokens.authenticator(),
        {"authorization": f"Bearer {tokens.issue({'boundObjectRef': POD})}"},
    )
    authenticator.authenticate(headers)
    pod = deep_copy(tokens.pod)
    pod["metadata"]["deletionTimestamp"] = format_time(tokens.clock.now() + timedelta(seconds=30))
    tokens.reader.put("pods", pod)
    for _ in range(2):  # verified, then cached
        await tokens.clock.advance(44)
        authenticator.authenticate(headers)
    await tokens.clock.advance(3)
    with pytest.raises(APIError, match="Unauthorized"):
        authenticator.authenticate(headers)


def test_default_token_of_a_pod_lives_a_year_and_warns_after_an_hour(tokens: Tokens) -> None:
    spec = {"boundObjectRef": POD, "expirationSeconds": 3607}
    answer = tokens.issuer().issue({"spec": spec}, tokens.account)
    claims, now = claims_of(answer["status"]["token"]), int(tokens.clock.now().timestamp())
    assert claims["exp"] == now + 365 * 24 * 3600
    assert claims["kubernetes.io"]["warnafter"] == now + 3607
    assert answer["status"]["expirationTimestamp"] == format_time(tokens.clock.now() + timedelta(seconds=3607))
    assert claims_of(tokens.issue(spec, extend=False))["exp"] == now + 3607
    assert claims_of(tokens.issue({**spec, "audiences": ["vault"]}))["exp"] == now + 3607
    assert claims_of(tokens.issue({"expirationSeconds": 3607}))["exp"] == now + 3607


def test_lifetimes(tokens: Tokens) -> None:
    now = int(tokens.clock.now().timestamp())
    assert claims_of(tokens.issue())["exp"] == now + 3600
    assert claims_of(tokens.issue({"expirationSeconds": 86400}, max_lifetime_seconds=7200))["exp"] == now + 7200
    for seconds, why in ((599, "less than 10 minutes"), (2**32 + 1, "larger than 2^32 seconds")):
        with pytest.raises(APIError) as caught:
            tokens.issue({"expirationSeconds": seconds})
        assert caught.value.code == 422
        assert caught.value.causes[0]["field"] == "spec.expirationSeconds"
        assert caught.value.causes[0]["message"] == f"Invalid value: {seconds}: may not specify a duration {why}"


@pytest.mark.parametrize(
    ("reference", "code", "message"),
    [
        ({"kind": "Pod", "apiVersion": "v1", "name": "nope"}, 404, 'pods "nope" not found'),
        (
            {**POD, "uid": "other"},
            409,
            "the UID in the bound object reference (other) does not match the UID in record",
        ),
        (
            {"kind": "ConfigMap", "apiVersion": "v1", "name": "a"},
            400,
            "cannot bind token to object of type /v1, Kind=Con",
        ),
    ],
)
def test_references_that_cannot_be_bound(tokens: Tokens, reference: Json, code: int, message: str) -> None:
    with pytest.raises(APIError) as caught:
        tokens.issue({"boundObjectRef": reference})
    assert caught.value.code == code
    assert message in caught.value.message


def test_pod_of_another_account_cannot_be_bound(tokens: Tokens) -> None:
    tokens.reader.put("pods", {**tokens.pod, "spec": {"serviceAccountName": "other"}})
    with pytest.raises(APIError, match='serviceaccount "web" to pod running with different serviceaccount name'):
        tokens.issue({"boundObjectRef": POD})


def test_tokens_kept_in_secrets(tokens: Tokens) -> None:
    token = jws.sign(
        {
            "iss": LEGACY_ISSUER,
            "sub": "system:serviceaccount:shop:web",
            "kubernetes.io/serviceaccount/namespace": "shop",
            "kubernetes.io/serviceaccount/secret.name": "web-token",
            "kubernetes.io/serviceaccount/service-account.name": "web",
            "kubernetes.io/serviceaccount/service-account.uid": "web-uid",
        },
        tokens.key,
    )
    verifier = tokens.verifier()
    with pytest.raises(InvalidToken, match="Token has been invalidated"):
        verifier.authenticate_token(token, HERE)
    secret = {"metadata": {"name": "web-token", "namespace": "shop"}}
    tokens.reader.put("secrets", {**secret, "data": {"token": base64.b64encode(token.encode()).decode()}})
    found = verifier.authenticate_token(token, HERE)
    assert found is not None
    assert found.user.name == "system:serviceaccount:shop:web"
    marked = {**secret["metadata"], "labels": {"kubernetes.io/legacy-token-invalid-since": "2026-01-01"}}
    kept = {"data": {"token": base64.b64encode(token.encode()).decode()}}
    tokens.reader.put("secrets", {"metadata": marked, **kept})
    with pytest.raises(InvalidToken, match=r"the token in secret shop/web-token .* has been marked invalid"):
        verifier.authenticate_token(token, HERE)
    tokens.reader.put("secrets", {**secret, "data": {"token": base64.b64encode(b"new").decode()}})
    with pytest.raises(InvalidToken, match="Token does not match server's copy"):
        verifier.authenticate_token(token, HERE)


def test_discovery_documents(tokens: Tokens) -> None:
    keys = [tokens.key.verifying]
    configuration = openid_configuration(ISSUER, keys, keys_uri="https://api/openid/v1/jwks")
    assert configuration["issuer"] == ISSUER
    assert configuration["id_token_signing_alg_values_supported"] == ["ES256"]
    (key,) = json_web_keys(keys)["keys"]
    point = tokens.key.private_key.public_key().public_numbers()
    assert {field: key[field] for field in ("kty", "crv", "alg", "use")} == {
        "kty": "EC",
        "crv": "P-256",
        "alg": "ES256",
        "use": "sig",
    }
    assert int.from_bytes(base64.urlsafe_b64decode(key["x"] + "="), "big") == point.x  # type: ignore[union-attr]
