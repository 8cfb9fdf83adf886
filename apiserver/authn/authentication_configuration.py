"""The file of --authentication-config: apiserver.config.k8s.io/v1 AuthenticationConfiguration.

Everything is checked when the file is read, expressions included, and every fault is told at once with its field.
The texts are Kubernetes'.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from pybernetes.api.names import dns_subdomain
from pybernetes.apiserver.authn.anonymous import AnonymousPolicy
from pybernetes.apiserver.authn.jwt_issuers import Expression, JwtIssuer, Mapped

_VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1")
_KIND = "AuthenticationConfiguration"
_MAX_FILE_BYTES = 4 << 20
_MAX_ISSUERS = 64
_RESERVED = ("kubernetes.io", "k8s.io")


class BadConfiguration(ValueError):
    """A file that cannot be used; the message has every fault with its field."""


@dataclass(frozen=True, slots=True)
class AuthenticationConfiguration:
    """`anonymous` is None where the file says nothing on it: then the flag decides."""

    issuers: tuple[JwtIssuer, ...]
    anonymous: AnonymousPolicy | None = None


def load_configuration(path: Path, *, disallowed_issuers: Iterable[str] = ()) -> AuthenticationConfiguration:
    """Raises BadConfiguration, OSError."""
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise BadConfiguration(f"{path} is larger than {_MAX_FILE_BYTES} bytes")
    return parse_configuration(path.read_bytes(), disallowed_issuers=disallowed_issuers)


def parse_configuration(content: bytes, *, disallowed_issuers: Iterable[str] = ()) -> AuthenticationConfiguration:
    """`disallowed_issuers` are those of our own tokens. Raises BadConfiguration."""
    try:
        found = yaml.load(content, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise BadConfiguration(f"not YAML: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != _KIND or found.get("apiVersion") not in _VERSIONS:
        raise BadConfiguration(f"expected kind {_KIND} of apiVersion {_VERSIONS[0]}")
    checker = _Checker(frozenset(disallowed_issuers))
    checker.only(found, "", "apiVersion", "kind", "jwt", "anonymous")
    issuers = checker.issuers(checker.objects(found, "jwt", "jwt"))
    anonymous = checker.anonymous(found.get("anonymous"))
    if checker.faults:
        raise BadConfiguration("; ".join(checker.faults))
    return AuthenticationConfiguration(tuple(issuers), anonymous)


class _Checker:
    """Reads the parts of a configuration and collects what is wrong with them."""

    def __init__(self, disallowed_issuers: frozenset[str]):
        self._disallowed = disallowed_issuers
        self.faults: list[str] = []

    # -- faults

    def required(self, path: str, why: str = "") -> None:
        self.faults.append(f"{path}: Required value" + (f": {why}" if why else ""))

    def invalid(self, path: str, value: Any, why: str) -> None:
        self.faults.append(f'{path}: Invalid value: "{value}": {why}')

    def duplicate(self, path: str, value: str) -> None:
        self.faults.append(f'{path}: Duplicate value: "{value}"')

    def only(self, owner: Mapping[str, Any], path: str, *known: str) -> None:
        for name in owner:
            if name not in known:
                self.faults.append(f'strict decoding error: unknown field "{f"{path}." if path else ""}{name}"')

    # -- values

    def objects(self, owner: Mapping[str, Any], field: str, path: str) -> list[dict[str, Any]]:
        found = owner.get(field) or []
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.faults.append(f"{path}: expected a list of objects")
            return []
        return found

    def object(self, owner: Mapping[str, Any], field: str, path: str) -> dict[str, Any]:
        found = owner.get(field) or {}
        if not isinstance(found, dict):
            self.faults.append(f"{path}: expected an object")
            return {}
        return found

    def text(self, owner: Mapping[str, Any], field: str, path: str) -> str:
        found = owner.get(field)
        if found is None:
            return ""
        if not isinstance(found, str):
            self.faults.append(f"{path}.{field}: expected a string")
            return ""
        return found

    # -- the parts

    def issuers(self, listed: list[dict[str, Any]]) -> list[JwtIssuer]:
        if len(listed) > _MAX_ISSUERS:
            self.faults.append(f"jwt: Too many: {len(listed)}: must have at most {_MAX_ISSUERS} items")
            return []
        issuers: list[JwtIssuer] = []
        urls, discovery_urls = set[str](), set[str]()
        for index, one in enumerate(listed):
            path = f"jwt[{index}]"
            issuer = self._issuer(one, path)
            if issuer.url in urls:
                self.duplicate(f"{path}.issuer.url", issuer.url)
            if issuer.discovery_url and issuer.discovery_url in discovery_urls:
                self.duplicate(f"{path}.issuer.discoveryURL", issuer.discovery_url)
            urls.add(issuer.url)
            discovery_urls.add(issuer.discovery_url)
            issuers.append(issuer)
        return issuers

    def anonymous(self, found: Any) -> AnonymousPolicy | None:
        if found is None:
            return None
        if not isinstance(found, dict):
            self.faults.append("anonymous: expected an object")
            return None
        self.only(found, "anonymous", "enabled", "conditions")
        conditions = self.objects(found, "conditions", "anonymous.conditions")
        paths = frozenset(self.text(one, "path", "anonymous.conditions") for one in conditions)
        enabled = found.get("enabled") is True
        if conditions and not enabled:
            self.invalid(
                "anonymous.conditions", sorted(paths), "enabled should be set to true when conditions are defined"
            )
        return AnonymousPolicy(enabled, paths)

    def _issuer(self, found: dict[str, Any], path: str) -> JwtIssuer:
        self.only(found, path, "issuer", "claimValidationRules", "claimMappings", "userValidationRules")
        issuer = self.object(found, "issuer", f"{path}.issuer")
        at = f"{path}.issuer"
        self.only(
            issuer,
            at,
            "url",
            "discoveryURL",
            "certificateAuthority",
            "audiences",
            "audienceMatchPolicy",
            "egressSelectorType",
        )
        url, discovery_url = self.text(issuer, "url", at), self.text(issuer, "discoveryURL", at)
        if not url:
            self.required(f"{at}.url")
        else:
            self._check_url(url, f"{at}.url", self._disallowed)
        if discovery_url:
            if discovery_url.rstrip("/") == url.rstrip("/"):
                self.invalid(f"{at}.discoveryURL", discovery_url, "discoveryURL must be different from URL")
            self._check_url(discovery_url, f"{at}.discoveryURL", frozenset())
        used = _Uses()
        required, claim_rules = self._claim_rules(found, f"{path}.claimValidationRules", used)
        mappings = self.object(found, "claimMappings", f"{path}.claimMappings")
        at = f"{path}.claimMappings"
        self.only(mappings, at, "username", "groups", "uid", "extra")
        username = self._mapped(mappings, "username", at, used, needed=True)
        extra = self._extra(mappings, f"{at}.extra", used)
        if used.email and not used.email_verified:
            self.invalid(
                f"{at}.username.expression",
                username.expression.text if username.expression else "",
                "claims.email_verified must be used in claimMappings.username.expression or "
                "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is "
                "used in claimMappings.username.expression",
            )
        return JwtIssuer(
            url,
            self._audiences(issuer, f"{path}.issuer"),
            username,
            self._mapped(mappings, "groups", at, used),
            self._mapped(mappings, "uid", at, used),
            extra,
            required,
            claim_rules,
            self._user_rules(found, f"{path}.userValidationRules"),
            discovery_url,
            self._ca(issuer, f"{path}.issuer"),
        )

    def _check_url(self, url: str, path: str, disallowed: frozenset[str]) -> None:
        if url in disallowed:
            self.invalid(path, url, f"URL must not overlap with disallowed issuers: [{' '.join(sorted(disallowed))}]")
        try:
            parts = urlsplit(url)
        except ValueError as error:
            self.invalid(path, url, str(error))
            return
        if parts.scheme != "https":
            self.invalid(path, url, "URL scheme must be https")
        if parts.username is not None or parts.password is not None:
            self.invalid(path, url, "URL must not contain a username or password")
        if parts.query:
            self.invalid(path, url, "URL must not contain a query")
        if parts.fragment:
            self.invalid(path, url, "URL must not contain a fragment")

    def _audiences(self, issuer: dict[str, Any], path: str) -> tuple[str, ...]:
        found, policy = issuer.get("audiences") or [], issuer.get("audienceMatchPolicy") or ""
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.faults.append(f"{path}.audiences: expected a list of strings")
            return ()
        if not found:
            self.required(f"{path}.audiences", f"at least one {path}.audiences is required")
        for index, audience in enumerate(found):
            if not audience:
                self.required(f"{path}.audiences[{index}]")
            if audience in found[:index]:
                self.duplicate(f"{path}.audiences[{index}]", audience)
        if len(found) > 1 and policy != "MatchAny":
            self.invalid(
                f"{path}.audienceMatchPolicy", policy, "audienceMatchPolicy must be MatchAny for multiple audiences"
            )
        if len(found) == 1 and policy not in ("", "MatchAny"):
            why = "audienceMatchPolicy must be empty or MatchAny for single audience"
            self.invalid(f"{path}.audienceMatchPolicy", policy, why)
        return tuple(found)

    def _ca(self, issuer: dict[str, Any], path: str) -> str:
        pem = self.text(issuer, "certificateAuthority", path)
        if pem:
            try:
                ssl.create_default_context(cadata=pem)
            except ssl.SSLError as error:
                self.invalid(f"{path}.certificateAuthority", "<omitted>", str(error))
                return ""
        return pem

    def _claim_rules(
        self, found: dict[str, Any], path: str, used: _Uses
    ) -> tuple[tuple[tuple[str, str], ...], tuple[Expression, ...]]:
        required: dict[str, str] = {}
        rules: dict[str, Expression] = {}
        for index, rule in enumerate(self.objects(found, "claimValidationRules", path)):
            at = f"{path}[{index}]"
            self.only(rule, at, "claim", "requiredValue", "expression", "message")
            claim, expression = self.text(rule, "claim", at), self.text(rule, "expression", at)
            value, message = self.text(rule, "requiredValue", at), self.text(rule, "message", at)
            if claim and expression:
                self.invalid(at, claim, "claim and expression can't both be set")
            elif not claim and not expression:
                self.required(at, "claim or expression is required")
            elif claim:
                if message:
                    self.invalid(f"{at}.message", message, "may not be specified when claim is set")
                if claim in required:
                    self.duplicate(f"{at}.claim", claim)
                required[claim] = value
            else:
                if value:
                    self.invalid(f"{at}.requiredValue", value, "may not be specified when expression is set")
                if expression in rules:
                    self.duplicate(f"{at}.expression", expression)
                    continue
                compiled = self._compiled("claim_rule", expression, f"{at}.expression", used, message)
                if compiled is not None:
                    rules[expression] = compiled
        return tuple(required.items()), tuple(rules.values())

    def _user_rules(self, found: dict[str, Any], path: str) -> tuple[Expression, ...]:
        rules: dict[str, Expression] = {}
        for index, rule in enumerate(self.objects(found, "userValidationRules", path)):
            at = f"{path}[{index}]"
            self.only(rule, at, "expression", "message")
            expression = self.text(rule, "expression", at)
            if not expression:
                self.required(f"{at}.expression")
            elif expression in rules:
                self.duplicate(f"{at}.expression", expression)
            else:
                message = self.text(rule, "message", at)
                compiled = self._compiled("user_rule", expression, f"{at}.expression", _Uses(), message)
                if compiled is not None:
                    rules[expression] = compiled
        return tuple(rules.values())

    def _mapped(self, mappings: dict[str, Any], name: str, path: str, used: _Uses, *, needed: bool = False) -> Mapped:
        at = f"{path}.{name}"
        found = self.object(mappings, name, at)
        has_prefix = name != "uid"
        self.only(found, at, "claim", "expression", *(("prefix",) if has_prefix else ()))
        claim, expression = self.text(found, "claim", at), self.text(found, "expression", at)
        prefix = self.text(found, "prefix", at) if has_prefix else ""
        if claim and expression:
            self.invalid(at, "", "claim and expression can't both be set")
            return Mapped()
        if expression:
            if has_prefix and found.get("prefix") is not None:
                self.invalid(f"{at}.prefix", prefix, "may not be specified when expression is set")
            mapping = self._compiled("claim_mapping", expression, f"{at}.expression", used, named=name)
            return Mapped(expression=mapping)
        if claim:
            if has_prefix and found.get("prefix") is None:
                self.required(
                    f"{at}.prefix",
                    "prefix is required when claim is set. It can be set to an empty string to disable prefixing",
                )
            return Mapped(claim, prefix)
        if needed:
            self.required(at, "claim or expression is required")
        return Mapped()

    def _extra(self, mappings: dict[str, Any], path: str, used: _Uses) -> tuple[tuple[str, Expression], ...]:
        extra: dict[str, Expression] = {}
        seen: set[str] = set()
        for index, one in enumerate(self.objects(mappings, "extra", path)):
            at = f"{path}[{index}]"
            self.only(one, at, "key", "valueExpression")
            key, expression = self.text(one, "key", at), self.text(one, "valueExpression", at)
            self._check_key(key, f"{at}.key")
            if key in seen:
                self.duplicate(f"{at}.key", key)
                continue
            seen.add(key)
            if not expression:
                self.required(f"{at}.valueExpression")
                continue
            compiled = self._compiled("claim_mapping", expression, f"{at}.valueExpression", used, named="extra")
            if compiled is not None:
                extra[key] = compiled
        return tuple(extra.items())

    def _check_key(self, key: str, path: str) -> None:
        domain, slash, rest = key.partition("/")
        if not key:
            self.required(path)
        elif not slash or not domain or not rest:
            self.invalid(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")')
        else:
            for why in dns_subdomain(domain):
                self.invalid(path, domain, why)
        if key != key.lower():
            self.invalid(path, key, "must be lowercase")
        if slash and any(domain == reserved or domain.endswith(f".{reserved}") for reserved in _RESERVED):
            self.invalid(path, key, "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use")

    def _compiled(
        self, kind: str, text: str, path: str, used: _Uses, message: str = "", *, named: str = ""
    ) -> Expression | None:
        from pybernetes.apiserver.authn import claim_expressions  # CEL is imported where expressions are configured

        compile: Callable[..., Any] = getattr(claim_expressions, kind)
        try:
            expression, program = compile(text) if kind == "claim_mapping" else compile(text, message)
        except ValueError as error:
            why = str(error)
            self.invalid(path, text, why if why.startswith("must evaluate") else f"compilation failed: {why}")
            return None
        used.email = used.email or (named == "username" and claim_expressions.uses_claim(program, "email"))
        if named in ("", "username", "extra") and claim_expressions.uses_claim(program, "email_verified"):
            used.email_verified = True
        return expression  # type: ignore[no-any-return]


@dataclass
class _Uses:
    """Which claims on an e-mail address the expressions of one issuer read."""

    email: bool = False
    email_verified: bool = False
