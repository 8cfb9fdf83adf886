"""The answer of an authorizer, and how a refusal is told.

An authorizer allows, denies, or has no opinion (neither): then the next one is asked, and at the end the answer is
no. The texts are Kubernetes', letter for letter: clients and their tests read them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from pybernetes.api.errors import APIError, Denied, PlainError, forbidden, internal_error
from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.user import User


@dataclass(frozen=True, slots=True)
class Decision:
    """`allowed`, `denied`, or neither. `reason` is for people; `error` says what went wrong on the way to it."""

    allowed: bool
    denied: bool = False
    reason: str = ""
    error: str = ""


NO_OPINION = Decision(allowed=False)


@dataclass(frozen=True, slots=True)
class RuleList:
    """What a user may do in a namespace, as far as it can be listed: the status of a SelfSubjectRulesReview."""

    resource_rules: tuple[Json, ...] = ()
    non_resource_rules: tuple[Json, ...] = ()
    incomplete: bool = False
    errors: tuple[str, ...] = ()


class MatchFailed(Exception):
    """Of the conditions on which an authorizer is asked, none is false and some have no value."""


class Authorizer(Protocol):
    """Counterpart: authorizer.Authorizer with its RuleResolver."""

    def authorize(self, attributes: Attributes) -> Decision:
        """Whether the request may go on. Synchronous, from memory; raises Unanswered for what has to be asked for."""

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """What the user may do in the namespace."""


def refusal(attributes: Attributes, decision: Decision) -> APIError:
    """The error of a request that was not allowed: 500 where that could not be found out, else 403."""
    if decision.error:
        text = _sanitized(f"Internal Server Error: {quote(attributes.path)}: {decision.error}")
        return PlainError(internal_error(text).status, text)
    return forbidden_error(attributes, decision.reason)


def forbidden_error(attributes: Attributes, reason: str = "") -> APIError:
    """The 403 for a request. Counterpart: responsewriters.ForbiddenStatusError."""
    why = explain(attributes) + (f": {reason}" if reason else "")
    return Denied(forbidden(attributes.resource, attributes.name, why, attributes.group).status)


def explain(attributes: Attributes) -> str:
    """``User "x" cannot list resource "pods" in API group "" in the namespace "default"``."""
    return f"User {_sanitized(quote(attributes.user.name))} {_sanitized(_what_cannot(attributes))}"


def quote(text: str) -> str:
    """The text in double quotes, with escapes where needed."""
    return json.dumps(text, ensure_ascii=False)


def _what_cannot(attributes: Attributes) -> str:
    if not attributes.is_resource_request:
        return f"cannot {attributes.verb} path {quote(attributes.path)}"
    resource = f"{attributes.resource}/{attributes.subresource}" if attributes.subresource else attributes.resource
    where = f"in the namespace {quote(attributes.namespace)}" if attributes.namespace else "at the cluster scope"
    return f"cannot {attributes.verb} resource {quote(resource)} in API group {quote(attributes.group)} {where}"


def _sanitized(text: str) -> str:
    """Safe to show in a browser."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
