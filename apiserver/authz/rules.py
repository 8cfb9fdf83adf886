"""What one RBAC rule covers. Pure functions over rules as they are on the wire."""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes

ALL = "*"


def verb_matches(rule: Json, verb: str) -> bool:
    verbs = rule.get("verbs") or ()
    return ALL in verbs or verb in verbs


def group_matches(rule: Json, group: str) -> bool:
    groups = rule.get("apiGroups") or ()
    return ALL in groups or group in groups


def resource_matches(rule: Json, resource: str, subresource: str) -> bool:
    """``pods`` covers no subresource, ``pods/log`` only it, ``*/log`` that of every resource, ``*`` everything."""
    resources = rule.get("resources") or ()
    if ALL in resources:
        return True
    if not subresource:
        return resource in resources
    return f"{resource}/{subresource}" in resources or f"*/{subresource}" in resources


def path_matches(rule: Json, path: str) -> bool:
    return any(_path_covers(pattern, path) for pattern in rule.get("nonResourceURLs") or ())


def _path_covers(pattern: str, path: str) -> bool:
    """``/metrics`` covers itself, ``/healthz/*`` everything below, ``*`` everything."""
    if pattern in (ALL, path):
        return True
    return pattern.endswith(ALL) and path.startswith(pattern.rstrip(ALL))


def covers(rule: Json, attributes: Attributes) -> bool:
    """Whether a rule covers a request, its resourceNames left aside. Counterpart: rbac.RuleAllows."""
    if not attributes.resource:
        return verb_matches(rule, attributes.verb) and path_matches(rule, attributes.path)
    return (
        verb_matches(rule, attributes.verb)
        and group_matches(rule, attributes.group)
        and resource_matches(rule, attributes.resource, attributes.subresource)
    )


def rules_of(role: Json) -> Sequence[Json]:
    return role.get("rules") or ()
