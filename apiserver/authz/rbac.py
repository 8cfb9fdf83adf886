"""Role-based access control.

A decision is found in three steps, each cheaper than the one before it when it was done once:

    user, namespace  →  grants (which bindings concern the user, and their roles' rules)
    user, verb, group, resource, subresource, namespace  →  verdict: allowed, refused, or allowed for some names
    verdict, name  →  decision

The verdict is cached, so that a request costs one look-up and a million object names cost no memory. Any change of
a role or binding empties the cache: roles change seldom, requests come always.

Counterpart: the RBAC authorizer; the reasons are its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.api.errors import aggregate
from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.decision import Decision, RuleList
from pybernetes.apiserver.authz.rbac_index import RbacIndex, RoleNotFound
from pybernetes.apiserver.authz.rules import covers
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User

# A verdict takes about 400 bytes, so this is 20 MB at most; a user asks for some tens of different things.
VERDICT_LIMIT = 50_000

_Question = tuple[User, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say on a question without a name: for some names, and for all others."""

    otherwise: Decision
    by_name: dict[str, Decision]


class RbacAuthorizer:
    """An `Authorizer` over the cluster's roles and bindings."""

    def __init__(self, reader: Reader, *, verdict_limit: int = VERDICT_LIMIT):
        self._verdicts: dict[_Question, Verdict] = {}
        self._verdict_limit = verdict_limit
        self.index = RbacIndex(reader, self._verdicts.clear)

    def authorize(self, attributes: Attributes) -> Decision:
        """Allowed with the binding as reason, or no opinion with what could not be resolved."""
        question = (
            attributes.user,
            attributes.verb,
            attributes.group,
            attributes.resource,
            attributes.subresource or (attributes.path if not attributes.resource else ""),
            attributes.namespace,
        )
        verdict = self._verdicts.get(question)
        if verdict is None:
            verdict = self._remember(question, self._judge(attributes))
        if verdict.by_name:
            return verdict.by_name.get(attributes.name, verdict.otherwise)
        return verdict.otherwise

    def rules_for(self, user: User, namespace: str) -> RuleList:
        rules, errors = self.index.rules_for(user, namespace)
        resource_rules = tuple(_resource_rule(rule) for rule in rules if rule.get("resources"))
        path_rules = tuple(_path_rule(rule) for rule in rules if rule.get("nonResourceURLs"))
        return RuleList(resource_rules, path_rules, errors=tuple(errors))

    def _remember(self, question: _Question, verdict: Verdict) -> Verdict:
        while len(self._verdicts) >= self._verdict_limit:
            del self._verdicts[next(iter(self._verdicts))]
        self._verdicts[question] = verdict
        return verdict

    def _judge(self, attributes: Attributes) -> Verdict:
        """Go through the user's rules in order until one covers every name."""
        by_name: dict[str, Decision] = {}
        errors: dict[str, None] = {}
        for grant in self.index.grants(attributes.user, attributes.namespace):
            try:
                rules = self.index.rules(grant.role_kind, grant.role_name, grant.namespace)
            except RoleNotFound as error:
                errors[str(error)] = None
                continue
            allowed = Decision(allowed=True, reason=grant.reason)
            for rule in rules:
                if not covers(rule, attributes):
                    continue
                names = rule.get("resourceNames") if attributes.resource else None
                if not names:
                    return Verdict(allowed, by_name)
                for name in names:
                    by_name.setdefault(name, allowed)
        reason = ""
        if errors:
            reason = f"RBAC: {aggregate(errors)}"
        return Verdict(Decision(allowed=False, reason=reason), by_name)


def _resource_rule(rule: Json) -> Json:
    fields = ("verbs", "apiGroups", "resources", "resourceNames")
    return {field: list(rule[field]) for field in fields if rule.get(field)}


def _path_rule(rule: Json) -> Json:
    return {field: list(rule[field]) for field in ("verbs", "nonResourceURLs") if rule.get(field)}
