"""Rules of webhooks and policies: which requests they are for. Pure.

A rule is about operations, groups, versions, resources and a scope, all of which a request alone settles: whether a
webhook can be interested in a kind of request is worked out once and kept. Counterpart:
apiserver/pkg/admission/plugin/webhook/predicates/rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource

ADMISSION_GROUP = "admissionregistration.k8s.io"
_CONFIGURATIONS = frozenset(
    (
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "mutatingwebhookconfigurations",
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "validatingwebhookconfigurations",
    )
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`resources` are (resource, subresource) pairs; ``*`` stands for any. `names` restricts to objects, if any."""

    operations: frozenset[str]
    groups: frozenset[str]
    versions: frozenset[str]
    resources: frozenset[tuple[str, str]]
    scope: str = "*"
    names: frozenset[str] = frozenset()

    def covers(self, verb: str, resource: Resource, subresource: str) -> bool:
        """Whether a request is meant, as far as its objects' names do not matter."""
        return (
            (self.scope == "*" or self.scope == ("Namespaced" if resource.namespaced else "Cluster"))
            and _among(verb, self.operations)
            and _among(resource.group, self.groups)
            and _among(resource.version, self.versions)
            and any(plural in ("*", resource.plural) and sub in ("*", subresource) for plural, sub in self.resources)
        )


def _among(value: str, allowed: frozenset[str]) -> bool:
    return value in allowed or "*" in allowed


def rules_of(rules: Iterable[Json] | None) -> tuple[Rule, ...]:
    return tuple(map(_rule, rules or ()))


def _rule(rule: Json) -> Rule:
    pairs = [text.partition("/") for text in rule.get("resources") or ()]
    return Rule(
        frozenset(rule.get("operations") or ()),
        frozenset(rule.get("apiGroups") or ()),
        frozenset(rule.get("apiVersions") or ()),
        frozenset((plural, sub) for plural, _, sub in pairs),
        rule.get("scope") or "*",
        frozenset(rule.get("resourceNames") or ()),
    )


def is_configuration(resource: Resource) -> bool:
    """Whether these are webhooks and policies themselves: no webhook is asked about them, or none could be repaired."""
    return resource.group == ADMISSION_GROUP and resource.plural in _CONFIGURATIONS
