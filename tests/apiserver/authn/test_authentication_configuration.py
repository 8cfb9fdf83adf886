"""Which files are refused, with which fault; and the --oidc-* flags."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pybernetes.apiserver.authn.authentication_configuration import BadConfiguration, parse_configuration
from pybernetes.apiserver.authn.options import AuthenticationOptions

USERNAME = {"claim": "sub", "prefix": ""}
ISSUER = {"url": "https://a.example", "audiences": ["us"]}


def parsed(jwt: Any = (), **top: Any) -> Any:
    made = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": list(jwt), **top}
    return parse_configuration(yaml.safe_dump(made).encode(), disallowed_issuers=["https://own.example"])


def issuer(**changes: Any) -> dict[str, Any]:
    return {"issuer": {**ISSUER, **changes}, "claimMappings": {"username": USERNAME}}


def mapped(**mappings: Any) -> dict[str, Any]:
    return {"issuer": ISSUER, "claimMappings": {"username": USERNAME, **mappings}}


def rules(*rules: Any) -> dict[str, Any]:
    return {**issuer(), "claimValidationRules": list(rules)}


@pytest.mark.parametrize(
    ("jwt", "faults"),
    [
        (issuer(url=""), "jwt[0].issuer.url: Required value"),
        (issuer(url="http://a"), 'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https'),
        (issuer(url="https://u:p@a"), "URL must not contain a username or password"),
        (issuer(url="https://a?b=c"), "URL must not contain a query"),
        (issuer(url="https://a#b"), "URL must not contain a fragment"),
        (issuer(url="https://own.example"), "URL must not overlap with disallowed issuers: [https://own.example]"),
        (issuer(discoveryURL="https://a.example/"), "discoveryURL must be different from URL"),
        (issuer(audiences=[]), "jwt[0].issuer.audiences: Required value: at least one"),
        (issuer(audiences=["a", "b"]), "audienceMatchPolicy must be MatchAny for multiple audiences"),
        (issuer(audienceMatchPolicy="All"), "audienceMatchPolicy must be empty or MatchAny for single audience"),
        (issuer(audiences=["a", "a"], audienceMatchPolicy="MatchAny"), 'audiences[1]: Duplicate value: "a"'),
        (issuer(certificateAuthority="x"), 'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>"'),
        (issuer(wrong=1), 'unknown field "jwt[0].issuer.wrong"'),
        ({"issuer": ISSUER}, "jwt[0].claimMappings.username: Required value: claim or expression is required"),
        (mapped(username={"claim": "sub"}), "username.prefix: Required value: prefix is required when claim is set"),
        (mapped(username={"claim": "a", "expression": "b"}), "claim and expression can't both be set"),
        (mapped(username={"expression": "claims.sub", "prefix": "x"}), "may not be specified when expression is set"),
        (mapped(username={"expression": "claims."}), "jwt[0].claimMappings.username.expression: Invalid value"),
        (mapped(username={"expression": "claims.email"}), "claims.email_verified must be used in"),
        (mapped(uid={"claim": "a", "expression": "b"}), "claimMappings.uid: Invalid value"),
        (mapped(extra=[{"key": "a", "valueExpression": "claims.a"}]), "must be a domain-prefixed path"),
        (mapped(extra=[{"key": "A.b/c", "valueExpression": "claims.a"}]), "must be lowercase"),
        (mapped(extra=[{"key": "x.k8s.io/c", "valueExpression": "claims.a"}]), "are reserved for Kubernetes use"),
        (mapped(extra=[{"key": "a.b/c"}]), "claimMappings.extra[0].valueExpression: Required value"),
        (rules({}), "jwt[0].claimValidationRules[0]: Required value: claim or expression is required"),
        (rules({"claim": "a", "expression": "b"}), "claim and expression can't both be set"),
        (rules({"claim": "a", "message": "b"}), "may not be specified when claim is set"),
        (rules({"claim": "a"}, {"claim": "a"}), 'claimValidationRules[1].claim: Duplicate value: "a"'),
        (rules({"expression": "true", "requiredValue": "b"}), "may not be specified when expression is set"),
        (rules({"expression": "claims.a"}), "must evaluate to bool but got dyn"),
        (rules({"expression": "true"}, {"expression": "true"}), "Duplicate value"),
        ({**issuer(), "userValidationRules": [{}]}, "jwt[0].userValidationRules[0].expression: Required value"),
        ({**issuer(), "userValidationRules": [{"expression": "user.nose == ''"}]}, "undefined field 'nose'"),
    ],
)
def test_faults_name_their_field(jwt: Any, faults: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        parsed([jwt])
    assert faults in str(caught.value)


def test_an_address_may_be_the_name_where_its_verification_is_looked_at() -> None:
    for jwt in (
        mapped(username={"expression": "claims.?email_verified.orValue(true) ? claims.email : claims.sub"}),
        {
            **mapped(username={"expression": "claims.email"}),
            "claimValidationRules": [{"expression": "claims.email_verified == true"}],
        },
        mapped(
            username={"expression": "claims.email"},
            extra=[{"key": "a.b/c", "valueExpression": "string(claims.email_verified)"}],
        ),
    ):
        assert len(parsed([jwt]).issuers) == 1


def test_issuers_are_different() -> None:
    with pytest.raises(BadConfiguration, match=r"jwt\[1\].issuer.url: Duplicate value"):
        parsed([issuer(), issuer()])
    with pytest.raises(BadConfiguration, match="Too many: 65"):
        parsed([issuer()] * 65)


def test_anonymous() -> None:
    assert parsed().anonymous is None
    found = parsed(anonymous={"enabled": True, "conditions": [{"path": "/livez"}, {"path": "/readyz"}]}).anonymous
    assert (found.lets_in("/livez"), found.lets_in("/healthz")) == (True, False)
    assert not parsed(anonymous={"enabled": False}).anonymous.lets_in("/livez")
    with pytest.raises(BadConfiguration, match="enabled should be set to true when conditions are defined"):
        parsed(anonymous={"conditions": [{"path": "/livez"}]})


@pytest.mark.parametrize("content", [b"", b"[]", b"a: [", b"kind: AuthenticationConfiguration"])
def test_what_is_no_configuration_is_refused(content: bytes) -> None:
    with pytest.raises(BadConfiguration):
        parse_configuration(content)


def test_flags_describe_one_issuer() -> None:
    flags = AuthenticationOptions(oidc_issuer_url="https://a", oidc_client_id="us", oidc_required_claim=("a=b=c",))
    (issuer,) = flags.flagged_issuer()
    assert (issuer.username.claim, issuer.username.prefix) == ("sub", "https://a#")
    assert (issuer.required_claims, issuer.algorithms) == ((("a", "b=c"),), ("RS256",))
    for claim, prefix, expected in (("email", "", ""), ("sub", "-", ""), ("sub", "x:", "x:")):
        flags = AuthenticationOptions(
            oidc_issuer_url="https://a", oidc_client_id="us", oidc_username_claim=claim, oidc_username_prefix=prefix
        )
        assert flags.flagged_issuer()[0].username.prefix == expected
    with pytest.raises(ValueError, match="must be specified together"):
        AuthenticationOptions(oidc_issuer_url="https://a")
    with pytest.raises(ValueError, match="mutually exclusive"):
        AuthenticationOptions(oidc_issuer_url="https://a", oidc_client_id="b", authentication_config="c")
