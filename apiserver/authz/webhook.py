"""Authorization by a webhook, which is asked with a SubjectAccessReview.

    match conditions → what was answered before → the webhook (`questions`) → allowed, denied or no opinion

Answers are kept for a time that differs for yes and for no. What a requester can make as long as it likes is not
kept when it is long. A webhook that cannot be asked, and conditions that have no value, count as the failure policy
says. Counterpart: plugin/pkg/authorizer/webhook.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.access_review import review_spec
from pybernetes.apiserver.authz.decision import NO_OPINION, Decision, MatchFailed, RuleList
from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook, WebhookFailed
from pybernetes.apiserver.questions import Unanswered
from pybernetes.apiserver.user import User
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

ANSWER_LIMIT = 8192
_LONGEST_KEPT = 10_000
# However short an answer is kept, whoever asked must find it: one turn of the loop, with room for a busy machine.
_SHORTEST_SECONDS = 1.0
_NO_RULES = RuleList(incomplete=True, errors=("webhook authorizer does not support user rule resolution",))


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """How a webhook is asked and what counts when it cannot be. Times of 0 keep nothing."""

    version: str = "v1beta1"
    allowed_seconds: float = 300.0
    refused_seconds: float = 30.0
    denies_on_failure: bool = False
    conditions: tuple[str, ...] = ()


class WebhookAuthorizer:
    """An `Authorizer`. Raises ValueError for conditions that are no expressions."""

    def __init__(self, webhook: KubeconfigWebhook, rules: WebhookRules, *, clock: Clock = SYSTEM_CLOCK):
        self._webhook = webhook
        self._rules = rules
        self._matches = _matcher(rules.conditions)
        self._clock = clock
        self._answers: dict[bytes, tuple[Decision, float]] = {}
        self._asking: dict[bytes, asyncio.Task[None]] = {}

    def authorize(self, attributes: Attributes) -> Decision:
        """What the webhook said. Raises Unanswered."""
        spec = review_spec(attributes)
        try:
            if not self._matches(spec):
                return NO_OPINION
        except MatchFailed as error:
            return self._failed(str(error))
        key = orjson.dumps(spec, option=orjson.OPT_SORT_KEYS)
        known = self._answers.get(key)
        if known is None or known[1] < self._clock.monotonic():
            raise Unanswered(lambda: self._ask_once(key, spec))
        return known[0]

    def rules_for(self, user: User, namespace: str) -> RuleList:
        return _NO_RULES

    async def close(self) -> None:
        await self._webhook.close()

    def _failed(self, why: str) -> Decision:
        return Decision(allowed=False, denied=self._rules.denies_on_failure, error=why)

    async def _ask_once(self, key: bytes, spec: Json) -> None:
        """Ask; those who want to know the same at the same time share the question."""
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._ask(key, spec), name="authorization webhook")
            task.add_done_callback(lambda done: self._asking.pop(key, None))
        await asyncio.shield(task)

    async def _ask(self, key: bytes, spec: Json) -> None:
        keep_seconds = 0.0
        try:
            decision = read_decision(await self._webhook.ask(access_review(spec, self._rules.version)))
        except WebhookFailed as error:
            decision = self._failed(str(error))
        else:
            if len(key) < _LONGEST_KEPT:
                keep_seconds = self._rules.allowed_seconds if decision.allowed else self._rules.refused_seconds
        while len(self._answers) >= ANSWER_LIMIT:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = (decision, self._clock.monotonic() + max(keep_seconds, _SHORTEST_SECONDS))


def _matcher(conditions: tuple[str, ...]) -> Callable[[Json], bool]:
    """Whether the webhook is to be asked; CEL is imported only where conditions are configured."""
    if not conditions:
        return lambda spec: True
    from pybernetes.apiserver.authz.match_conditions import MatchConditions

    return MatchConditions(conditions).match


def access_review(spec: Json, version: str) -> Json:
    """The question. v1beta1 calls the groups ``group``."""
    if version == "v1beta1" and "groups" in spec:
        spec = {**spec, "group": spec["groups"]}
        del spec["groups"]
    return {
        "kind": "SubjectAccessReview",
        "apiVersion": f"authorization.k8s.io/{version}",
        "metadata": {"creationTimestamp": None},
        "spec": spec,
        "status": {"allowed": False},
    }


def read_decision(review: Json) -> Decision:
    """What the webhook's answer says; one that says both yes and no denies."""
    found: Any = review.get("status")
    status = found if isinstance(found, dict) else {}
    reason = str(status.get("reason") or "")
    allowed, denied = status.get("allowed") is True, status.get("denied") is True
    if allowed and denied:
        both = "webhook subject access review returned both allow and deny response"
        return Decision(allowed=False, denied=True, reason=reason, error=both)
    return Decision(allowed=allowed, denied=denied, reason=reason)
