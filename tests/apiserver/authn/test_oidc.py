"""Tokens of OpenID issuers, from an issuer that is served over HTTPS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.apiserver.authn.authentication_configuration import parse_configuration
from pybernetes.apiserver.authn.oidc import OidcTokens
from pybernetes.apiserver.authn.options import AuthenticationOptions
from pybernetes.apiserver.authn.reload import ConfigurationReload
from pybernetes.apiserver.authn.token_authenticator import Authenticated, InvalidToken
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.questions import answered
from pybernetes.apiserver.user import User
from pybernetes.component.clock import FakeClock
from tests.apiserver.authn.https_server import Issuer, new_ca
from tests.apiserver.conftest import Api, running

HERE = ("https://kubernetes.default.svc.cluster.local",)
CA = new_ca()


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with Issuer().served(CA, tmp_path) as issuer:
        yield issuer


def configuration(url: str, **more: Any) -> bytes:
    issuer = {"url": url, "audiences": ["us"], "certificateAuthority": CA.certificate_pem.decode()}
    jwt: Json = {"issuer": issuer, "claimMappings": {"username": {"claim": "sub", "prefix": "oidc:"}}}
    for path, value in more.items():
        jwt[path] = {**jwt[path], **value} if isinstance(value, dict) else value
    top = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": [jwt]}
    return yaml.safe_dump(top).encode()


def tokens_of(content: bytes, clock: FakeClock | None = None) -> OidcTokens:
    clock = clock or FakeClock(datetime.now(UTC))
    return OidcTokens(parse_configuration(content).issuers, api_audiences=HERE, clock=clock)


async def who(tokens: OidcTokens, token: str) -> User:
    found: Authenticated | None = await answered(lambda: tokens.authenticate_token(token, HERE))
    assert found is not None
    return found.user


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"])
async def test_every_algorithm(tmp_path: Path, algorithm: str) -> None:
    async with Issuer(algorithm).served(CA, tmp_path) as issuer:
        tokens = tokens_of(configuration(issuer.url))
        assert (await who(tokens, issuer.token(sub="ann"))).name == "oidc:ann"
        forged = issuer.token(sub="ann").rsplit(".", 1)[0] + "." + issuer.token(sub="eve").rsplit(".", 1)[1]
        with pytest.raises(InvalidToken, match="failed to verify signature"):
            await who(tokens, forged)
        await tokens.close()


async def test_keys_are_fetched_once_and_again_when_one_is_new(issuer: Issuer) -> None:
    clock = FakeClock(datetime.now(UTC))
    tokens = tokens_of(configuration(issuer.url), clock)
    for name in ("ann", "ben"):
        assert (await who(tokens, issuer.token(sub=name))).name == f"oidc:{name}"
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]
    issuer.rotate("second")
    with pytest.raises(InvalidToken, match="failed to verify signature"):
        await who(tokens, issuer.token(sub="ann"))
    await clock.advance(2)
    assert (await who(tokens, issuer.token(sub="ann"))).name == "oidc:ann"
    assert issuer.asked.count("/keys") == 2
    await tokens.close()


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": 1}, r"oidc: verify token: oidc: token is expired \(Token Expiry: 1970-01-01 00:00:01 \+0000 UTC\)"),
        ({"exp": "soon"}, "times must be numbers"),
        ({"nbf": 99999999999}, "before the nbf"),
        ({"aud": "them"}, r'oidc: verify token: oidc: expected audience in \["us"\] got \["them"\]'),
        ({"sub": 7}, 'oidc: parse username claims "sub": not a string'),
        ({"sub": None}, "not a string"),
    ],
)
async def test_tokens_that_do_not_hold(issuer: Issuer, claims: Json, why: str) -> None:
    tokens = tokens_of(configuration(issuer.url))
    with pytest.raises(InvalidToken, match=why):
        await who(tokens, issuer.token(**{"sub": "ann", **claims}))
    await tokens.close()


async def test_a_token_of_another_issuer_is_nobodys(issuer: Issuer) -> None:
    tokens = tokens_of(configuration(issuer.url))
    assert tokens.authenticate_token(issuer.token(iss="https://else.where"), HERE) is None
    assert tokens.authenticate_token("no.token.at-all", HERE) is None
    assert tokens.authenticate_token(issuer.token(sub="ann"), ("somebody else",)) is None
    assert issuer.asked == []


def distributed(issuer: Issuer, **source: str) -> Json:
    """Claims that say that the groups are somewhere else."""
    given = source or {"endpoint": f"{issuer.served_at}/claims", "access_token": "let-me"}
    return {"sub": "ann", "_claim_names": {"groups": "src"}, "_claim_sources": {"src": given}}


def mapped(issuer: Issuer) -> bytes:
    mappings = {"groups": {"claim": "groups", "prefix": ""}}
    return configuration(issuer.url, claimMappings=mappings)


async def test_groups_are_fetched_from_where_the_token_says(issuer: Issuer) -> None:
    tokens = tokens_of(mapped(issuer))
    issuer.claim_token = issuer.token(groups=["crew", "deck"])
    token = issuer.token(**distributed(issuer))
    for _ in range(2):
        assert (await who(tokens, token)).groups == ("crew", "deck")
    assert issuer.asked.count("/claims") == 1
    own = issuer.token(**distributed(issuer), groups=["own"])
    assert (await who(tokens, own)).groups == ("own",)
    aggregated = issuer.token(**distributed(issuer, JWT=issuer.claim_token))
    assert (await who(tokens, aggregated)).groups == ()
    await tokens.close()


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"_claim_sources": None}, "oidc: no claim sources"),
        ({"_claim_sources": {}}, "contained a source src missing in _claims_sources"),
        ({"_claim_names": "x"}, "error parsing distributed claim names"),
        ({"_claim_sources": "x"}, "could not parse claim sources"),
    ],
)
async def test_broken_sources_of_groups(issuer: Issuer, claims: Json, why: str) -> None:
    tokens = tokens_of(mapped(issuer))
    with pytest.raises(InvalidToken, match=why):
        await who(tokens, issuer.token(**{**distributed(issuer), **claims}))
    await tokens.close()


async def test_what_an_endpoint_gives_must_hold(issuer: Issuer) -> None:
    clock = FakeClock(datetime.now(UTC))
    tokens = tokens_of(mapped(issuer), clock)
    token = issuer.token(**distributed(issuer))
    for given, why in (
        ("", "getting untrusted issuer from endpoint"),
        (issuer.token(sub="ann"), "did not contain claim: groups"),
        (issuer.token(groups=["crew"], exp=1), "token is expired"),
        (issuer.token(groups=["crew"], aud="them"), "expected audience"),
        (issuer.token(groups=["crew"], iss=""), "names no issuer"),
    ):
        issuer.claim_token = given
        with pytest.raises(InvalidToken, match=why):
            await who(tokens, token)
        await clock.advance(11)
    refused = distributed(issuer, endpoint=f"{issuer.served_at}/claims", access_token="wrong")
    with pytest.raises(InvalidToken, match=r'while getting distributed claim "groups": .* 404 Not Found'):
        await who(tokens, issuer.token(**refused))
    await tokens.close()


async def test_claims_become_a_user(issuer: Issuer) -> None:
    mappings = {"groups": {"claim": "roles", "prefix": "r:"}, "uid": {"claim": "id"}}
    rules = [{"claim": "tenant", "requiredValue": "acme"}]
    tokens = tokens_of(configuration(issuer.url, claimMappings=mappings, claimValidationRules=rules))
    token = issuer.token(sub="ann", roles=["a", "b"], id="7", tenant="acme")
    assert await who(tokens, token) == User("oidc:ann", ("r:a", "r:b"), "7")
    assert (await who(tokens, issuer.token(sub="ann", roles="one", id="7", tenant="acme"))).groups == ("r:one",)
    for claims, why in (
        ({"id": "7"}, "oidc: required claim tenant not present in ID token"),
        ({"id": "7", "tenant": "other"}, "value does not match. Got = other, want = acme"),
        ({"tenant": "acme"}, 'oidc: parse uid claim "id": claim not present'),
        ({"id": "7", "tenant": "acme", "roles": [1]}, "neither a string nor a list of strings"),
    ):
        with pytest.raises(InvalidToken, match=why):
            await who(tokens, issuer.token(sub="ann", **claims))
    await tokens.close()


async def test_an_unverified_address_is_no_name(issuer: Issuer) -> None:
    tokens = tokens_of(configuration(issuer.url, claimMappings={"username": {"claim": "email", "prefix": ""}}))
    assert (await who(tokens, issuer.token(email="a@b.c"))).name == "a@b.c"
    assert (await who(tokens, issuer.token(email="a@b.c", email_verified=True))).name == "a@b.c"
    with pytest.raises(InvalidToken, match="oidc: email not verified"):
        await who(tokens, issuer.token(email="a@b.c", email_verified=False))
    await tokens.close()


async def test_expressions_make_a_user_and_rules_refuse_one(issuer: Issuer) -> None:
    mappings = {
        "username": {"expression": '"cel:" + claims.sub'},
        "groups": {"expression": 'claims.?roles.orValue("").split(",")'},
        "uid": {"expression": "claims.id"},
        "extra": [
            {"key": "acme.com/tenant", "valueExpression": "claims.tenant"},
            {"key": "acme.com/none", "valueExpression": '""'},
        ],
    }
    tokens = tokens_of(
        configuration(
            issuer.url,
            claimMappings=mappings,
            claimValidationRules=[{"expression": 'claims.tenant != "evil"', "message": "not them"}],
            userValidationRules=[
                {"expression": "!user.username.startsWith('cel:system:')", "message": "reserved"},
                {"expression": "user.groups.all(g, g != 'system:masters')"},
            ],
        )
    )
    good = {"sub": "ann", "id": "7", "roles": "a,b", "tenant": "acme"}
    user = await who(tokens, issuer.token(**good))
    assert user == User("cel:ann", ("a", "b"), "7", {"acme.com/tenant": ("acme",)})
    for change, why in (
        ({"tenant": "evil"}, r"validation expression 'claims.tenant != \"evil\"' failed: not them"),
        ({"sub": "system:admin"}, "failed: reserved"),
        ({"roles": "system:masters"}, "oidc: error evaluating user info validation rule"),
        ({"id": 7}, "uid claim expression must return a string"),
        ({"tenant": 7}, "expression must return a string or a list of strings"),
        ({"sub": 7}, "oidc: error evaluating username claim expression: .*no such overload"),
    ):
        with pytest.raises(InvalidToken, match=why):
            await who(tokens, issuer.token(**{**good, **change}))
    await tokens.close()


async def test_the_discovery_document_may_be_elsewhere(tmp_path: Path) -> None:
    async with Issuer(url="https://issuer.example").served(CA, tmp_path) as issuer:
        more = {"issuer": {"discoveryURL": f"{issuer.served_at}/elsewhere"}}
        tokens = tokens_of(configuration(issuer.url, **more))
        assert (await who(tokens, issuer.token(sub="ann"))).name == "oidc:ann"
        assert issuer.asked == ["/elsewhere", "/keys"]
        await tokens.close()


async def test_an_issuer_that_is_away_or_is_another(tmp_path: Path) -> None:
    gone = Issuer(url="https://127.0.0.1:1")
    tokens = tokens_of(configuration(gone.url))
    with pytest.raises(InvalidToken, match="oidc: authenticator not initialized"):
        await who(tokens, gone.token(sub="ann"))
    await tokens.close()
    async with Issuer().served(CA, tmp_path) as issuer:
        url, issuer.url = issuer.url, "https://another.example"
        tokens = tokens_of(configuration(url))
        with pytest.raises(InvalidToken, match="not initialized"):
            await who(tokens, issuer.token(iss=url, sub="ann"))
        await tokens.close()


async def test_a_server_takes_such_tokens_and_follows_its_file(issuer: Issuer, tmp_path: Path) -> None:
    file = tmp_path / "authentication.yaml"
    file.write_bytes(configuration(issuer.url))
    options = Options(
        tmp_path / "data", secure_port=-1, authentication=AuthenticationOptions(authentication_config=str(file))
    )
    async with running(options) as server:
        authenticator, token = server.authenticator, issuer.token(sub="ann")
        headers = {"authorization": f"Bearer {token}"}
        user = await answered(lambda: authenticator.authenticate(headers))
        assert (user.name, user.groups) == ("oidc:ann", ("system:authenticated",))
        assert authenticator.authenticate(headers) is user
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
        path = "/apis/authentication.k8s.io/v1/tokenreviews"
        status = (await Api(server).create(path, review))["status"]
        assert (status["authenticated"], status["user"]["username"]) == (True, "oidc:ann")
        review["spec"] = {"token": issuer.token(sub="ann", aud="them")}
        status = (await Api(server).create(path, review))["status"]
        assert status["error"] == 'oidc: verify token: oidc: expected audience in ["us"] got ["them"]'

        reload = server._authentication.reload
        assert isinstance(reload, ConfigurationReload)
        assert not await reload.look()
        file.write_bytes(b"kind: Nonsense")
        assert not await reload.look()
        assert authenticator.authenticate(headers) is user
        content = yaml.safe_load(
            configuration(issuer.url, claimMappings={"username": {"claim": "sub", "prefix": "x:"}})
        )
        content["anonymous"] = {"enabled": True, "conditions": [{"path": "/livez"}]}
        file.write_text(yaml.safe_dump(content))
        assert await reload.look()
        assert (await answered(lambda: authenticator.authenticate(headers))).name == "x:ann"
        assert authenticator.authenticate({}, path="/livez").name == "system:anonymous"
        with pytest.raises(APIError, match="Unauthorized"):
            authenticator.authenticate({}, path="/version")
