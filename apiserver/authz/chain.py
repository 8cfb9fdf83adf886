"""The authorizers of --authorization-mode as one.

Members of system:masters are allowed everything before any is asked, so that a broken policy can be repaired.
After that the first authorizer that allows or denies decides. When none does, the request is refused, and the
reasons of all of them are told together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.always import AlwaysAllow, AlwaysDeny
from pybernetes.apiserver.authz.decision import Authorizer, Decision, RuleList, refusal
from pybernetes.apiserver.authz.node import NodeAuthorizer
from pybernetes.apiserver.authz.rbac import RbacAuthorizer
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import MASTERS_GROUP, User

DEFAULT_MODES = ("Node", "RBAC")

_BUILDERS: dict[str, Callable[[Reader], Authorizer]] = {
    "AlwaysAllow": lambda reader: AlwaysAllow(),
    "AlwaysDeny": lambda reader: AlwaysDeny(),
    "Node": NodeAuthorizer,
    "RBAC": RbacAuthorizer,
}

_MASTER = Decision(allowed=True)


class AuthorizerChain:
    """An `Authorizer` over several. `rbac` is the RBAC authorizer among them, if there is one."""

    def __init__(self, authorizers: Iterable[Authorizer]):
        self._authorizers = tuple(authorizers)
        self.rbac = next((one for one in self._authorizers if isinstance(one, RbacAuthorizer)), None)

    def authorize(self, attributes: Attributes) -> Decision:
        """The decision for a request: allowed, or refused with every authorizer's reason."""
        if MASTERS_GROUP in attributes.user.groups:
            return _MASTER
        reasons = []
        for authorizer in self._authorizers:
            decision = authorizer.authorize(attributes)
            if decision.allowed or decision.denied:
                return decision
            if decision.reason:
                reasons.append(decision.reason)
        return Decision(allowed=False, reason="\n".join(reasons))

    def require(self, attributes: Attributes) -> None:
        """Raise the `forbidden` error (403) unless the request is allowed."""
        decision = self.authorize(attributes)
        if not decision.allowed:
            raise refusal(attributes, decision.reason)

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """What all authorizers together would allow the user in the namespace."""
        lists = [authorizer.rules_for(user, namespace) for authorizer in self._authorizers]
        return RuleList(
            resource_rules=tuple(rule for one in lists for rule in one.resource_rules),
            non_resource_rules=tuple(rule for one in lists for rule in one.non_resource_rules),
            incomplete=any(one.incomplete for one in lists),
            errors=tuple(error for one in lists for error in one.errors),
        )


def build_authorizer(modes: Iterable[str], reader: Reader) -> AuthorizerChain:
    """The chain of --authorization-mode, ``Node,RBAC`` say. Raises ValueError for an unknown mode or none."""
    wanted = [mode.strip() for mode in modes if mode.strip()]
    unknown = [mode for mode in wanted if mode not in _BUILDERS]
    if unknown or not wanted:
        known = ", ".join(_BUILDERS)
        raise ValueError(f"--authorization-mode: {', '.join(unknown) or 'none given'}; known are {known}")
    return AuthorizerChain(_BUILDERS[mode](reader) for mode in wanted)
