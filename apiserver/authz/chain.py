"""The authorizers of --authorization-mode as one.

Members of system:masters are allowed everything before any is asked, so that a broken policy can be repaired.
After that the first authorizer that allows or denies decides. When none does, the request is refused, and the
reasons of all of them are told together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pybernetes.api.errors import aggregate
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.abac import AbacAuthorizer, Policy, load_policies
from pybernetes.apiserver.authz.always import AlwaysAllow, AlwaysDeny
from pybernetes.apiserver.authz.authorization_configuration import (
    WEBHOOK,
    AuthorizerEntry,
    WebhookEntry,
    load_configuration,
)
from pybernetes.apiserver.authz.decision import Authorizer, Decision, RuleList, refusal
from pybernetes.apiserver.authz.node import NodeAuthorizer
from pybernetes.apiserver.authz.options import AuthorizationOptions
from pybernetes.apiserver.authz.rbac import RbacAuthorizer
from pybernetes.apiserver.authz.webhook import WebhookAuthorizer, WebhookRules
from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import MASTERS_GROUP, User
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

DEFAULT_MODES = ("Node", "RBAC")

_BUILDERS: dict[str, Callable[[Reader], Authorizer]] = {
    "AlwaysAllow": lambda reader: AlwaysAllow(),
    "AlwaysDeny": lambda reader: AlwaysDeny(),
    "Node": NodeAuthorizer,
    "RBAC": RbacAuthorizer,
}

ABAC = "ABAC"
_MASTER = Decision(allowed=True)
_FLAGGED_TIMEOUT_SECONDS = 30.0


class AuthorizerChain:
    """An `Authorizer` over several, which can be exchanged while the server runs.

    `rbac` is the RBAC authorizer among them, if there is one.
    """

    def __init__(self, authorizers: Iterable[Authorizer]):
        self._authorizers = tuple(authorizers)
        self.rbac = next((one for one in self._authorizers if isinstance(one, RbacAuthorizer)), None)

    @property
    def authorizers(self) -> tuple[Authorizer, ...]:
        return self._authorizers

    async def exchange(self, authorizers: Iterable[Authorizer]) -> None:
        """Ask these from now on; close those that are not asked any more."""
        before = self._authorizers
        self._authorizers = tuple(authorizers)
        self.rbac = next((one for one in self._authorizers if isinstance(one, RbacAuthorizer)), None)
        for authorizer in before:
            if isinstance(authorizer, WebhookAuthorizer) and authorizer not in self._authorizers:
                await authorizer.close()

    def authorize(self, attributes: Attributes) -> Decision:
        """The decision for a request: allowed, or refused with every authorizer's reason. Raises Unanswered."""
        if MASTERS_GROUP in attributes.user.groups:
            return _MASTER
        reasons, errors = [], []
        for authorizer in self._authorizers:
            decision = authorizer.authorize(attributes)
            if decision.allowed or decision.denied:
                return decision
            if decision.reason:
                reasons.append(decision.reason)
            if decision.error:
                errors.append(decision.error)
        return Decision(allowed=False, reason="\n".join(reasons), error=aggregate(errors) if errors else "")

    def require(self, attributes: Attributes) -> None:
        """Raise the `forbidden` error (403) unless the request is allowed. Raises Unanswered."""
        decision = self.authorize(attributes)
        if not decision.allowed:
            raise refusal(attributes, decision)

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """What all authorizers together would allow the user in the namespace."""
        lists = [authorizer.rules_for(user, namespace) for authorizer in self._authorizers]
        return RuleList(
            resource_rules=tuple(rule for one in lists for rule in one.resource_rules),
            non_resource_rules=tuple(rule for one in lists for rule in one.non_resource_rules),
            incomplete=any(one.incomplete for one in lists),
            errors=tuple(error for one in lists for error in one.errors),
        )

    async def close(self) -> None:
        """Close the connections of those that ask others."""
        await self.exchange(())


def build_authorizer(modes: Iterable[str], reader: Reader) -> AuthorizerChain:
    """The chain of --authorization-mode without a webhook, ``Node,RBAC`` say. Raises ValueError, as `build_chain`."""
    return build_chain(AuthorizationOptions(tuple(modes)), reader)


def build_chain(options: AuthorizationOptions, reader: Reader, *, clock: Clock = SYSTEM_CLOCK) -> AuthorizerChain:
    """The authorizers that the flags or the configuration file list.

    Raises ValueError for an unknown mode, none, or a configuration that cannot be used, OSError.
    """
    entries = load_configuration(Path(options.config)) if options.config else _flagged(options)
    policies = load_policies(Path(options.policy_file)) if options.policy_file else ()
    return AuthorizerChain(make_authorizers(entries, reader, policies=policies, clock=clock))


def make_authorizers(
    entries: Iterable[AuthorizerEntry],
    reader: Reader,
    *,
    known: Iterable[Authorizer] = (),
    policies: Iterable[Policy] = (),
    clock: Clock = SYSTEM_CLOCK,
) -> list[Authorizer]:
    """The authorizers of these entries. Those `known` that follow the cluster are used again; `policies` are ABAC's.

    Raises ValueError, OSError.
    """
    following = {type(one): one for one in known if isinstance(one, NodeAuthorizer | RbacAuthorizer)}
    made: list[Authorizer] = []
    for entry in entries:
        webhook = entry.webhook
        if webhook is not None:
            target = KubeconfigWebhook(webhook.kubeconfig, timeout_seconds=webhook.timeout_seconds, clock=clock)
            made.append(WebhookAuthorizer(target, webhook.rules, clock=clock))
            continue
        if entry.type == ABAC:
            made.append(AbacAuthorizer(policies))
            continue
        same = {"Node": NodeAuthorizer, "RBAC": RbacAuthorizer}.get(entry.type)
        kept = following.get(same) if same is not None else None
        made.append(kept if kept is not None else _BUILDERS[entry.type](reader))
    return made


def _flagged(options: AuthorizationOptions) -> tuple[AuthorizerEntry, ...]:
    wanted = [mode.strip() for mode in options.modes if mode.strip()]
    modes = (*_BUILDERS, ABAC, WEBHOOK)
    unknown = [mode for mode in wanted if mode not in modes]
    if unknown or not wanted:
        known = ", ".join(modes)
        raise ValueError(f"--authorization-mode: {', '.join(unknown) or 'none given'}; known are {known}")
    if (WEBHOOK in wanted) != bool(options.webhook_config_file):
        raise ValueError("--authorization-mode Webhook and --authorization-webhook-config-file need each other")
    if ABAC in wanted and not options.policy_file:
        raise ValueError("authorization-mode ABAC's authorization policy file not passed")
    if options.policy_file and ABAC not in wanted:
        raise ValueError("cannot specify --authorization-policy-file without mode ABAC")
    rules = WebhookRules(options.webhook_version, options.webhook_allowed_seconds, options.webhook_refused_seconds)
    webhook = WebhookEntry(options.webhook_config_file, _FLAGGED_TIMEOUT_SECONDS, rules)
    return tuple(AuthorizerEntry(mode, mode.lower(), webhook if mode == WEBHOOK else None) for mode in wanted)
