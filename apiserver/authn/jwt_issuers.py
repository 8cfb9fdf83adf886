"""What is configured of an issuer whose tokens are taken, as values. Counterpart: JWTAuthenticator of
apiserver.config.k8s.io/v1 AuthenticationConfiguration, and the --oidc-* flags, which say the same of one issuer.

Expressions are compiled when the configuration is read: `Expression` is one, ready to be evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pybernetes.apiserver.authn.json_web_keys import ALGORITHMS

Evaluate = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled CEL expression over ``claims`` or ``user``. `evaluate` raises ValueError."""

    text: str
    evaluate: Evaluate
    message: str = ""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A claim with a prefix, or an expression; neither for what is not mapped."""

    claim: str = ""
    prefix: str = ""
    expression: Expression | None = None

    def __bool__(self) -> bool:
        return bool(self.claim) or self.expression is not None


@dataclass(frozen=True, slots=True)
class JwtIssuer:
    """One issuer: whom its tokens must be for, what they must say, and who that makes their bearer."""

    url: str
    audiences: tuple[str, ...]
    username: Mapped
    groups: Mapped = Mapped()
    uid: Mapped = Mapped()
    extra: tuple[tuple[str, Expression], ...] = ()
    required_claims: tuple[tuple[str, str], ...] = ()
    claim_rules: tuple[Expression, ...] = ()
    user_rules: tuple[Expression, ...] = ()
    discovery_url: str = ""
    ca_pem: str = ""
    algorithms: tuple[str, ...] = ALGORITHMS
