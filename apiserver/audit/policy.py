"""How much is told of a request: the first rule that matches says it.

Counterpart: apiserver/pkg/audit/policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.user import User

NONE, METADATA, REQUEST, REQUEST_RESPONSE = "None", "Metadata", "Request", "RequestResponse"
LEVELS = (NONE, METADATA, REQUEST, REQUEST_RESPONSE)
RECEIVED, STARTED, COMPLETE, PANIC = "RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"
STAGES = (RECEIVED, STARTED, COMPLETE, PANIC)


class PolicyError(ValueError):
    """The policy file cannot be used."""


@dataclass(frozen=True)
class Resources:
    """Resources of a group; all of them if none is named."""

    group: str
    resources: tuple[str, ...]
    names: frozenset[str]

    def match(self, attributes: Attributes) -> bool:
        if attributes.group != self.group:
            return False
        if not self.resources:
            return True
        if self.names and attributes.name not in self.names:
            return False
        return any(_names_resource(each, attributes.resource, attributes.subresource) for each in self.resources)


def _names_resource(named: str, resource: str, subresource: str) -> bool:
    """Whether ``pods``, ``pods/log``, ``pods/*``, ``*/log`` or ``*`` means a resource."""
    if named == "*" or named == (f"{resource}/{subresource}" if subresource else resource):
        return True
    if subresource and named == f"*/{subresource}":
        return True
    return named == f"{resource}/*"


@dataclass(frozen=True)
class Rule:
    """What the requests must be that the rule is for; what is empty means any."""

    level: str
    users: frozenset[str]
    groups: frozenset[str]
    verbs: frozenset[str]
    namespaces: frozenset[str]
    resources: tuple[Resources, ...]
    paths: tuple[str, ...]
    omitted_stages: frozenset[str]
    omits_managed_fields: bool

    def matches(self, attributes: Attributes, user: User | None) -> bool:
        if self.users and (user is None or user.name not in self.users):
            return False
        if self.groups and (user is None or self.groups.isdisjoint(user.groups)):
            return False
        if self.verbs and attributes.verb not in self.verbs:
            return False
        if self.namespaces or self.resources:
            return bool(attributes.resource) and self._matches_resource(attributes)
        if self.paths:
            return not attributes.resource and any(_names_path(path, attributes.path) for path in self.paths)
        return True

    def _matches_resource(self, attributes: Attributes) -> bool:
        if self.namespaces and attributes.namespace not in self.namespaces:
            return False
        return not self.resources or any(each.match(attributes) for each in self.resources)


def _names_path(named: str, path: str) -> bool:
    return named in ("*", path) or (named.endswith("*") and path.startswith(named[:-1]))


@dataclass(frozen=True)
class Verdict:
    """How much is told of a request, and at which stages nothing is."""

    level: str
    omitted_stages: frozenset[str] = frozenset()
    omits_managed_fields: bool = False


_NOTHING = Verdict(NONE)


@dataclass(frozen=True)
class Policy:
    """The rules in their order."""

    rules: tuple[Rule, ...]

    def verdict(self, attributes: Attributes, user: User | None) -> Verdict:
        """What the first rule says that matches; nothing is told where none does."""
        for rule in self.rules:
            if rule.matches(attributes, user):
                return Verdict(rule.level, rule.omitted_stages, rule.omits_managed_fields)
        return _NOTHING


def read_policy(path: Path) -> Policy:
    """The policy in a file. Raises `PolicyError`."""
    try:
        value = yaml.safe_load(path.read_text())
    except OSError as error:
        raise PolicyError(f"{path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise PolicyError(f"{path}: {error}") from None
    try:
        return policy_of(value)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from None


def policy_of(value: Any) -> Policy:
    """The policy that an audit.k8s.io/v1 Policy says. Raises `PolicyError` with the field that is wrong."""
    if not isinstance(value, dict) or (value.get("apiVersion"), value.get("kind")) != ("audit.k8s.io/v1", "Policy"):
        raise PolicyError("not an audit.k8s.io/v1 Policy")
    rules = value.get("rules")
    if not isinstance(rules, list) or not rules:
        raise PolicyError("rules: at least one is needed")
    stages = _words(value, "omitStages", "omitStages", STAGES)
    omits = bool(value.get("omitManagedFields"))
    return Policy(tuple(_rule(rule, f"rules[{index}]", stages, omits) for index, rule in enumerate(rules)))


def _rule(rule: Any, where: str, stages: frozenset[str], omits_managed_fields: bool) -> Rule:
    if not isinstance(rule, dict):
        raise PolicyError(f"{where}: not an object")
    if rule.get("level") not in LEVELS:
        raise PolicyError(f"{where}.level: {rule.get('level')!r} is none of {', '.join(LEVELS)}")
    paths = tuple(sorted(_words(rule, "nonResourceURLs", where)))
    if paths and (rule.get("resources") or rule.get("namespaces")):
        raise PolicyError(f"{where}.nonResourceURLs: a rule is for paths or for resources, not for both")
    for path in paths:
        if path != "*" and (not path.startswith("/") or "*" in path[:-1]):
            raise PolicyError(f"{where}.nonResourceURLs: {path!r} must start with / and may end with *")
    return Rule(
        rule["level"],
        _words(rule, "users", where),
        _words(rule, "userGroups", where),
        _words(rule, "verbs", where),
        _words(rule, "namespaces", where),
        tuple(
            _resources(each, f"{where}.resources[{index}]") for index, each in enumerate(rule.get("resources") or ())
        ),
        paths,
        stages | _words(rule, "omitStages", where, STAGES),
        bool(rule.get("omitManagedFields", omits_managed_fields)),
    )


def _resources(value: Any, where: str) -> Resources:
    if not isinstance(value, dict):
        raise PolicyError(f"{where}: not an object")
    names, resources = _words(value, "resourceNames", where), _words(value, "resources", where)
    if names and not resources:
        raise PolicyError(f"{where}.resourceNames: needs resources")
    return Resources(str(value.get("group") or ""), tuple(sorted(resources)), names)


def _words(value: Any, field: str, where: str, allowed: tuple[str, ...] = ()) -> frozenset[str]:
    given = value.get(field) or ()
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise PolicyError(f"{where}.{field}: must be a list of strings")
    for each in given:
        if allowed and each not in allowed:
            raise PolicyError(f"{where}.{field}: {each!r} is none of {', '.join(allowed)}")
    return frozenset(given)
