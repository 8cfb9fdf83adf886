"""From the claims of a verified token to its user: pure.

The order is Kubernetes': the user's name, groups, uid and extra, then the claims that are required, the rules on
claims, and the rules on the user that came out. Messages are its own, since a TokenReview shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pybernetes.apiserver.authn.jwt_issuers import Expression, JwtIssuer
from pybernetes.apiserver.authn.token_authenticator import InvalidToken
from pybernetes.apiserver.user import User

Claims = Mapping[str, Any]


def user_of(claims: Claims, issuer: JwtIssuer) -> User:
    """The user that the claims make. Raises InvalidToken."""
    name = _username(claims, issuer)
    user = User(name, _groups(claims, issuer), _uid(claims, issuer), _extra(claims, issuer))
    for claim, wanted in issuer.required_claims:
        if claim not in claims:
            raise InvalidToken(f"oidc: required claim {claim} not present in ID token")
        value = claims[claim]
        if not isinstance(value, str):
            raise InvalidToken(f"oidc: parse claim {claim}: not a string")
        if value != wanted:
            raise InvalidToken(f"oidc: required claim {claim} value does not match. Got = {value}, want = {wanted}")
    _check_rules(issuer.claim_rules, {"claims": claims}, "oidc: error evaluating claim validation expression")
    if issuer.user_rules:
        shown = {
            "username": user.name,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": {key: list(values) for key, values in user.extra.items()},
        }
        _check_rules(issuer.user_rules, {"user": shown}, "oidc: error evaluating user info validation rule")
    return user


def _username(claims: Claims, issuer: JwtIssuer) -> str:
    mapped = issuer.username
    if mapped.expression is not None:
        return _text(mapped.expression, claims, "username")
    if mapped.claim not in claims:
        raise InvalidToken(f'oidc: parse username claims "{mapped.claim}": claim not present')
    name = claims[mapped.claim]
    if not isinstance(name, str):
        raise InvalidToken(f'oidc: parse username claims "{mapped.claim}": not a string')
    if mapped.claim == "email" and "email_verified" in claims:
        verified = claims["email_verified"]
        if not isinstance(verified, bool):
            raise InvalidToken("oidc: parse 'email_verified' claim: not a boolean")
        if not verified:
            raise InvalidToken("oidc: email not verified")
    return mapped.prefix + name


def _groups(claims: Claims, issuer: JwtIssuer) -> tuple[str, ...]:
    mapped = issuer.groups
    if mapped.expression is not None:
        return _texts(mapped.expression, claims, "oidc: error evaluating group claim expression")
    if not mapped.claim or mapped.claim not in claims:
        return ()
    found = claims[mapped.claim]
    groups = [found] if isinstance(found, str) else found
    if groups is None:
        return ()
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise InvalidToken(f'oidc: parse groups claim "{mapped.claim}": neither a string nor a list of strings')
    return tuple(mapped.prefix + group for group in groups)


def _uid(claims: Claims, issuer: JwtIssuer) -> str:
    mapped = issuer.uid
    if mapped.expression is not None:
        return _text(mapped.expression, claims, "uid")
    if not mapped.claim:
        return ""
    if mapped.claim not in claims:
        raise InvalidToken(f'oidc: parse uid claim "{mapped.claim}": claim not present')
    found = claims[mapped.claim]
    if not isinstance(found, str):
        raise InvalidToken(f'oidc: parse uid claim "{mapped.claim}": not a string')
    return found


def _extra(claims: Claims, issuer: JwtIssuer) -> dict[str, tuple[str, ...]]:
    extra = {}
    for key, expression in issuer.extra:
        values = _texts(expression, claims, f"oidc: error evaluating extra claim expression: {expression.text}")
        if values:
            extra[key] = values
    return extra


def _text(expression: Expression, claims: Claims, what: str) -> str:
    failed = f"oidc: error evaluating {what} claim expression"
    found = _evaluate(expression, {"claims": claims}, failed)
    if not isinstance(found, str):
        raise InvalidToken(f"{failed}: {what} claim expression must return a string")
    return found


def _texts(expression: Expression, claims: Claims, failed: str) -> tuple[str, ...]:
    """Strings that are not empty: of a string, a list of strings, or null."""
    found = _evaluate(expression, {"claims": claims}, failed)
    values = [] if found is None else [found] if isinstance(found, str) else found
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise InvalidToken(f"{failed}: expression must return a string or a list of strings")
    return tuple(value for value in values if value)


def _check_rules(rules: Iterable[Expression], variables: Mapping[str, Any], failed: str) -> None:
    for rule in rules:
        found = _evaluate(rule, variables, failed)
        if not isinstance(found, bool):
            raise InvalidToken(f"{failed}: validation expression must return a boolean")
        if not found:
            raise InvalidToken(f"{failed}: validation expression '{rule.text}' failed: {rule.message}")


def _evaluate(expression: Expression, variables: Mapping[str, Any], failed: str) -> Any:
    try:
        return expression.evaluate(variables)
    except ValueError as error:
        raise InvalidToken(f"{failed}: {error}") from error
