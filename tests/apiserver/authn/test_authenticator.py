"""The authenticators as one: who comes first, who is refused, what is remembered."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, format_time
from pybernetes.apiserver.authn.anonymous import AnonymousPolicy
from pybernetes.apiserver.authn.certificates import CertificateUsers
from pybernetes.apiserver.authn.front_proxy import FrontProxyUsers, ProxyHeaders
from pybernetes.apiserver.authn.static_tokens import parse_tokens
from pybernetes.apiserver.authn.token_authenticator import Authenticated
from pybernetes.apiserver.authn.token_cache import TokenCache
from pybernetes.apiserver.authn.token_review import review_token
from pybernetes.apiserver.pki.ca import CertificateAuthority, create_ca
from pybernetes.apiserver.pki.certificates import Profile, client_profile, issue, server_profile
from pybernetes.apiserver.user import User
from tests.fakes.reader import MemoryReader

if TYPE_CHECKING:
    from tests.apiserver.authn.conftest import Tokens

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ISSUER = "https://kubernetes.default.svc.cluster.local"


@pytest.fixture(scope="module")
def ca() -> CertificateAuthority:
    return create_ca("kubernetes", now=START - timedelta(days=1))


@pytest.fixture(scope="module")
def front_proxy_ca() -> CertificateAuthority:
    return create_ca("front-proxy-ca", now=START - timedelta(days=1))


def der(ca: CertificateAuthority, profile: Profile) -> bytes:
    pair = issue(ca, profile, now=START)
    return x509.load_pem_x509_certificate(pair.certificate_pem).public_bytes(Encoding.DER)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_no_credentials(tokens: Tokens) -> None:
    user = tokens.authenticator().authenticate({})
    assert (user.name, user.groups) == ("system:anonymous", ("system:unauthenticated",))
    with pytest.raises(APIError) as caught:
        tokens.authenticator(anonymous=False).authenticate({})
    assert (caught.value.code, caught.value.message) == (401, "Unauthorized")


def test_unknown_bearer_token_is_refused_where_anonymous_is_allowed(tokens: Tokens) -> None:
    for header in ("Bearer wrong", "bearer a.b.c"):
        with pytest.raises(APIError, match="Unauthorized"):
            tokens.authenticator().authenticate({"authorization": header})


def test_other_schemes_are_no_credentials(tokens: Tokens) -> None:
    assert tokens.authenticator().authenticate({"authorization": "Basic YTpi"}).name == "system:anonymous"


def test_static_token(tokens: Tokens) -> None:
    authenticator = tokens.authenticator()
    user = authenticator.authenticate(bearer("static"))
    assert (user.name, user.groups, user.uid) == ("alice", ("team", "system:authenticated"), "u1")
    assert authenticator.authenticate(bearer("static")) is user


def test_token_in_websocket_protocols(tokens: Tokens) -> None:
    encoded = base64.urlsafe_b64encode(b"static").rstrip(b"=").decode()
    headers = {"sec-websocket-protocol": f"v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.{encoded}"}
    authenticator = tokens.authenticator()
    assert authenticator.authenticate(headers).name == "alice"
    with pytest.raises(APIError, match="Unauthorized"):
        authenticator.authenticate({"sec-websocket-protocol": "base64url.bearer.authorization.k8s.io.!!"})
    assert authenticator.authenticate({"sec-websocket-protocol": "v5.channel.k8s.io"}).name == "system:anonymous"


async def test_client_certificate_comes_before_the_token_and_ends_with_its_life(
    tokens: Tokens, ca: CertificateAuthority
) -> None:
    authenticator = tokens.authenticator(certificates=CertificateUsers([ca.certificate]))
    certificate = der(ca, client_profile("bob", ["ops"]))
    user = authenticator.authenticate(bearer("static"), certificate)
    assert (user.name, user.groups) == ("bob", ("ops", "system:authenticated"))
    assert user.extra["authentication.kubernetes.io/credential-id"][0].startswith("X509SHA256=")
    assert authenticator.authenticate({}, certificate) is user
    await tokens.clock.advance(366 * 24 * 3600.0)
    with pytest.raises(APIError, match="Unauthorized"):
        authenticator.authenticate({}, certificate)
    assert authenticator.authenticate(bearer("static"), certificate).name == "alice"


def test_certificates_that_make_nobody_a_user(
    tokens: Tokens, ca: CertificateAuthority, front_proxy_ca: CertificateAuthority
) -> None:
    authenticator = tokens.authenticator(certificates=CertificateUsers([ca.certificate]))
    for certificate in (
        der(front_proxy_ca, client_profile("system:admin", ["system:masters"])),
        der(ca, server_profile("system:admin")),
    ):
        with pytest.raises(APIError, match="Unauthorized"):
            authenticator.authenticate({}, certificate)


def test_front_proxy_speaks_for_others(
    tokens: Tokens, ca: CertificateAuthority, front_proxy_ca: CertificateAuthority
) -> None:
    authenticator = tokens.authenticator(
        certificates=CertificateUsers([ca.certificate]), front_proxy=FrontProxyUsers([front_proxy_ca.certificate])
    )
    headers = {
        "x-remote-user": "carol",
        "x-remote-uid": "u7",
        "x-remote-group": "devs",
        "x-remote-extra-acme.com%2fproject": "p1",
    }
    user = authenticator.authenticate(headers, der(front_proxy_ca, client_profile("front-proxy-client")))
    assert (user.name, user.groups, user.uid) == ("carol", ("devs", "system:authenticated"), "u7")
    assert user.extra == {"acme.com/project": ("p1",)}
    for certificate, name in (
        (der(ca, client_profile("front-proxy-client")), "front-proxy-client"),
        (None, "system:anonymous"),
    ):
        assert authenticator.authenticate(headers, certificate).name == name
    with pytest.raises(APIError, match="Unauthorized"):
        authenticator.authenticate(headers, der(front_proxy_ca, client_profile("another-client")))


def test_front_proxy_headers_can_be_chosen(tokens: Tokens, front_proxy_ca: CertificateAuthority) -> None:
    names = ProxyHeaders(("x-first", "x-second"), ("x-id",), ("x-team", "x-role"), ("x-more-", "x-other-"))
    users = FrontProxyUsers([front_proxy_ca.certificate], allowed_names=(), names=names)
    certificate = der(front_proxy_ca, client_profile("any"))
    headers = {"x-first": " ", "x-second": "dan", "x-id": "7", "x-team": "a", "x-role": "b"}
    headers |= {"x-more-k": "1", "x-other-k": "2", "x-remote-user": "nobody"}
    user = tokens.authenticator(front_proxy=users).authenticate(headers, certificate)
    assert (user.name, user.uid, user.groups) == ("dan", "7", ("a", "b", "system:authenticated"))
    assert user.extra == {"k": ("1", "2")}


def test_anonymous_requests_may_be_let_in_for_some_paths_only(tokens: Tokens) -> None:
    authenticator = tokens.authenticator()
    authenticator.anonymous = AnonymousPolicy(paths=frozenset(("/livez",)))
    assert authenticator.authenticate({}, path="/livez").name == "system:anonymous"
    for path in ("/livez/ping", "/api"):
        with pytest.raises(APIError, match="Unauthorized"):
            authenticator.authenticate({}, path=path)


def bootstrap_secret(**changes: str | None) -> Json:
    data = {
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-authentication": "true",
        "expiration": format_time(START + timedelta(hours=1)),
        "auth-extra-groups": "system:bootstrappers:workers",
    }
    encoded = {
        key.replace("_", "-"): base64.b64encode(value.encode()).decode()
        for key, value in {**data, **{key.replace("_", "-"): value for key, value in changes.items()}}.items()
        if value is not None
    }
    metadata = {"name": "bootstrap-token-abcdef", "namespace": "kube-system"}
    return {"metadata": metadata, "type": "bootstrap.kubernetes.io/token", "data": encoded}


def test_bootstrap_token(tokens: Tokens) -> None:
    tokens.reader.put("secrets", bootstrap_secret())
    authenticator = tokens.authenticator()
    user = authenticator.authenticate(bearer("abcdef.0123456789abcdef"))
    assert user.name == "system:bootstrap:abcdef"
    assert user.groups == ("system:bootstrappers", "system:bootstrappers:workers", "system:authenticated")
    tokens.reader.put("secrets", bootstrap_secret(token_secret="fedcba9876543210"))
    with pytest.raises(APIError, match="Unauthorized"):
        authenticator.authenticate(bearer("abcdef.0123456789abcdef"))


async def test_bootstrap_token_expires(tokens: Tokens) -> None:
    tokens.reader.put("secrets", bootstrap_secret())
    authenticator = tokens.authenticator()
    authenticator.authenticate(bearer("abcdef.0123456789abcdef"))
    await tokens.clock.advance(3601)
    with pytest.raises(APIError, match="Unauthorized"):
        authenticator.authenticate(bearer("abcdef.0123456789abcdef"))


@pytest.mark.parametrize(
    "changes",
    [
        {"token_secret": "fedcba9876543210"},
        {"token_id": "ghijkl"},
        {"usage_bootstrap_authentication": None},
        {"usage_bootstrap_authentication": "false"},
        {"expiration": "yesterday"},
        {"expiration": "2026-03-01T11:59:00Z"},
        {"auth_extra_groups": "system:masters"},
    ],
)
def test_bootstrap_secrets_that_grant_nothing(tokens: Tokens, changes: dict[str, str | None]) -> None:
    tokens.reader.put("secrets", bootstrap_secret(**changes))
    with pytest.raises(APIError, match="Unauthorized"):
        tokens.authenticator().authenticate(bearer("abcdef.0123456789abcdef"))


def test_token_file() -> None:
    users = parse_tokens(['t1,alice,u1,"a, b"\n', "\n", "t2, bob ,u2\n", ",nobody,u3\n"])
    assert users == {"t1": User("alice", ("a", "b"), "u1"), "t2": User("bob", (), "u2")}
    with pytest.raises(ValueError, match="line 2 needs at least 3 columns"):
        parse_tokens(["t1,alice,u1", "t2,bob"])


def test_cache_is_bounded_and_forgets_the_oldest() -> None:
    cache = TokenCache(MemoryReader(), limit=3)
    for number in range(5):
        found = Authenticated(User(f"u{number}"), depends_on=(("pods", "ns/shared"),))
        cache.put(f"h{number}", found, found.user)
    assert list(cache.entries) == ["h2", "h3", "h4"]


def test_review_of_a_good_token(tokens: Tokens) -> None:
    review = review_token({"spec": {"token": tokens.issue()}}, tokens.authenticator())
    assert review["status"]["authenticated"] is True
    assert review["status"]["user"]["username"] == "system:serviceaccount:shop:web"
    assert review["status"]["user"]["groups"][-1] == "system:authenticated"
    assert review["status"]["audiences"] == [ISSUER]


@pytest.mark.parametrize(
    ("token", "audiences", "error"),
    [
        ("nobody's", [], "invalid bearer token"),
        ("static", ["vault"], "invalid bearer token"),
        (None, ["vault"], 'token audiences ["https://kubernetes.default.svc.cluster.local"] is invalid for the target'),
    ],
)
def test_review_of_a_bad_token(tokens: Tokens, token: str | None, audiences: list[str], error: str) -> None:
    spec = {"token": token or tokens.issue(), "audiences": audiences}
    status = review_token({"spec": spec}, tokens.authenticator())["status"]
    assert not status.get("authenticated")
    assert error in status["error"]


def test_review_needs_a_token(tokens: Tokens) -> None:
    with pytest.raises(APIError, match="token is required for TokenReview in authentication"):
        review_token({"spec": {}}, tokens.authenticator())
