"""AlwaysAllow and AlwaysDeny: for tests and for a server that guards nothing."""

from __future__ import annotations

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.decision import Decision, RuleList
from pybernetes.apiserver.user import User

_ALLOWED = Decision(allowed=True)
_REFUSED = Decision(allowed=False, reason="Everything is forbidden.")
_EVERYTHING = RuleList(
    ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},), ({"verbs": ["*"], "nonResourceURLs": ["*"]},)
)


class AlwaysAllow:
    def authorize(self, attributes: Attributes) -> Decision:
        return _ALLOWED

    def rules_for(self, user: User, namespace: str) -> RuleList:
        return _EVERYTHING


class AlwaysDeny:
    """Has no opinion, which at the end of the chain is a refusal, as Kubernetes' has."""

    def authorize(self, attributes: Attributes) -> Decision:
        return _REFUSED

    def rules_for(self, user: User, namespace: str) -> RuleList:
        return RuleList()
