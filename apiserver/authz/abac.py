"""Attribute-based access control: a file with one policy a line (--authorization-policy-file).

A policy names a user, a group or both, and lets them read, or do anything, with resources of a namespace and a group,
or with paths. Any policy that matches allows. The file is read once, at the start.

Lines without an apiVersion are of the first form, in which what is left out means everything.

Counterpart: pkg/auth/authorizer/abac.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.decision import Decision, RuleList
from pybernetes.apiserver.user import AUTHENTICATED_GROUP, User

_VERSION = "abac.authorization.kubernetes.io/v1beta1"
_READS = ("get", "list", "watch")
_ALL = "*"
_ALLOWED = Decision(allowed=True)
_NO_OPINION = Decision(allowed=False, reason="No policy matched.")


class BadPolicy(ValueError):
    """A line that is no policy; the message names it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One line. An empty string matches nothing, ``*`` everything."""

    user: str = ""
    group: str = ""
    readonly: bool = False
    api_group: str = ""
    resource: str = ""
    namespace: str = ""
    path: str = ""

    def allows(self, attributes: Attributes) -> bool:
        if not self.concerns(attributes.user) or (self.readonly and attributes.verb not in _READS):
            return False
        if not attributes.is_resource_request:
            return self._covers(attributes.path)
        return (
            self.namespace in (_ALL, attributes.namespace)
            and self.resource in (_ALL, attributes.resource)
            and self.api_group in (_ALL, attributes.group)
        )

    def concerns(self, user: User) -> bool:
        """Whether the user, and the group too where both are named, are these."""
        if not self.user and not self.group:
            return False
        return self.user in ("", _ALL, user.name) and (self.group in ("", _ALL) or self.group in user.groups)

    def _covers(self, path: str) -> bool:
        if self.path in (_ALL, path):
            return True
        return self.path.endswith(_ALL) and path.startswith(self.path.rstrip(_ALL))


class AbacAuthorizer:
    """An `Authorizer` over the policies of a file."""

    def __init__(self, policies: Iterable[Policy]):
        self._policies = tuple(policies)

    def authorize(self, attributes: Attributes) -> Decision:
        return _ALLOWED if any(policy.allows(attributes) for policy in self._policies) else _NO_OPINION

    def rules_for(self, user: User, namespace: str) -> RuleList:
        found = [policy for policy in self._policies if policy.concerns(user)]
        resources = (policy for policy in found if policy.resource and policy.namespace in (_ALL, namespace))
        return RuleList(
            tuple(
                {"verbs": _verbs(policy), "apiGroups": [policy.api_group], "resources": [policy.resource]}
                for policy in resources
            ),
            tuple({"verbs": _verbs(policy), "nonResourceURLs": [policy.path]} for policy in found if policy.path),
        )


def load_policies(path: Path) -> list[Policy]:
    """Raises BadPolicy, OSError."""
    return list(_policies(path.read_text(), str(path)))


def _policies(text: str, name: str) -> Iterator[Policy]:
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            yield _policy(orjson.loads(stripped))
        except ValueError as error:
            raise BadPolicy(f"error reading policy file {name}, line {number}: {stripped}: {error}") from None


def _policy(found: Any) -> Policy:
    """Raises ValueError."""
    if not isinstance(found, dict):
        raise ValueError("expected an object")
    if "apiVersion" not in found and "kind" not in found:
        return _first_form(found)
    if (found.get("apiVersion"), found.get("kind")) != (_VERSION, "Policy"):
        raise ValueError(f"expected kind Policy of apiVersion {_VERSION}")
    spec = found.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    user, group = _text(spec, "user"), _text(spec, "group")
    if _ALL in (user, group):
        user, group = "" if user == _ALL else user, AUTHENTICATED_GROUP
    return Policy(
        user,
        group,
        spec.get("readonly") is True,
        _text(spec, "apiGroup"),
        _text(spec, "resource"),
        _text(spec, "namespace"),
        _text(spec, "nonResourcePath"),
    )


def _first_form(found: Json) -> Policy:
    user, group = _text(found, "user"), _text(found, "group")
    if (not user and not group) or _ALL in (user, group):
        user, group = "", AUTHENTICATED_GROUP
    resource, namespace = _text(found, "resource"), _text(found, "namespace")
    path = "" if resource or namespace else _ALL
    return Policy(user, group, found.get("readonly") is True, _ALL, resource or _ALL, namespace or _ALL, path)


def _text(owner: Json, field: str) -> str:
    """Raises ValueError."""
    value = owner.get(field) or ""
    if not isinstance(value, str):
        raise ValueError(f"{field} must be a string")
    return value


def _verbs(policy: Policy) -> list[str]:
    return list(_READS) if policy.readonly else [_ALL]
