"""What one RBAC rule covers. Pure functions over rules as they are on the wire.

Counterpart: rbac.RuleAllows and the helpers of rbacv1.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.object import Json

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


def name_matches(rule: Json, name: str) -> bool:
    names = rule.get("resourceNames")
    return not names or name in names


def path_matches(rule: Json, path: str) -> bool:
    return any(_path_covers(pattern, path) for pattern in rule.get("nonResourceURLs") or ())


def _path_covers(pattern: str, path: str) -> bool:
    """``/metrics`` covers itself, ``/healthz/*`` everything below, ``*`` everything."""
    if pattern in (ALL, path):
        return True
    return pattern.endswith(ALL) and path.startswith(pattern.rstrip(ALL))


def rule_allows(rule: Json, *, verb: str, group: str, resource: str, subresource: str, name: str) -> bool:
    """Whether a rule covers a request for a resource."""
    return (
        verb_matches(rule, verb)
        and group_matches(rule, group)
        and resource_matches(rule, resource, subresource)
        and name_matches(rule, name)
    )


def rule_allows_path(rule: Json, *, verb: str, path: str) -> bool:
    """Whether a rule covers a request for a path that is no resource."""
    return verb_matches(rule, verb) and path_matches(rule, path)


def rules_of(role: Json) -> Sequence[Json]:
    return role.get("rules") or ()
