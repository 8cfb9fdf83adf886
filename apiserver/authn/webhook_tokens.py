"""Tokens that a webhook knows: --authentication-token-webhook-config-file.

Its answers, yes and no, are kept for the cache's time (two minutes by default), so that a client costs one question
and not one a request. What is not kept is asked for (`questions`). A webhook that fails says nothing on a token.
Counterpart: plugin/pkg/authenticator/token/webhook.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Any

from pybernetes.api.object import Json
from pybernetes.apiserver.authn.token_authenticator import Authenticated, InvalidToken
from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook, WebhookFailed
from pybernetes.apiserver.questions import Unanswered
from pybernetes.apiserver.user import User
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

DEFAULT_TTL_SECONDS = 120.0
ANSWER_LIMIT = 10_000  # of about a kilobyte each

_Key = tuple[bytes, tuple[str, ...]]
_Answer = Authenticated | InvalidToken | None


class WebhookTokens:
    """A `TokenAuthenticator`. `version` is that of the TokenReview that is sent, v1 or v1beta1."""

    def __init__(
        self,
        webhook: KubeconfigWebhook,
        *,
        api_audiences: tuple[str, ...],
        version: str = "v1beta1",
        ttl_seconds: float = DEFAULT_TTL_SECONDS,
        clock: Clock = SYSTEM_CLOCK,
    ):
        if version not in ("v1", "v1beta1"):
            raise ValueError(f"--authentication-token-webhook-version: {version!r} is neither v1 nor v1beta1")
        self._webhook = webhook
        self._api_audiences = api_audiences
        self._version = version
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._answers: dict[_Key, tuple[_Answer, float]] = {}
        self._asking: dict[_Key, asyncio.Task[None]] = {}

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """What the webhook said. Raises InvalidToken for what it refused with a reason, Unanswered."""
        key = (hashlib.sha256(token.encode()).digest(), audiences)
        known = self._answers.get(key)
        if known is None or known[1] < self._clock.monotonic():
            raise Unanswered(lambda: self._ask_once(key, token, audiences))
        if isinstance(known[0], InvalidToken):
            raise known[0]
        return known[0]

    async def close(self) -> None:
        await self._webhook.close()

    async def _ask_once(self, key: _Key, token: str, audiences: tuple[str, ...]) -> None:
        """Ask; those who want to know the same at the same time share the question."""
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key, token, audiences), name="token webhook")
            self._asking[key] = task
            task.add_done_callback(lambda done: self._asking.pop(key, None))
        await asyncio.shield(task)

    async def _ask(self, key: _Key, token: str, audiences: tuple[str, ...]) -> None:
        answer: _Answer
        ttl_seconds = self._ttl_seconds
        try:
            answer = self._read(await self._webhook.ask(token_review(token, audiences, self._version)), audiences)
        except WebhookFailed as error:
            answer, ttl_seconds = InvalidToken(str(error)), 0.0
        except InvalidToken as error:
            answer = error
        while len(self._answers) >= ANSWER_LIMIT:
            del self._answers[next(iter(self._answers))]
        # However short it is kept, whoever asked must find it.
        self._answers[key] = (answer, self._clock.monotonic() + max(ttl_seconds, _SHORTEST_SECONDS))

    def _read(self, review: Json, audiences: tuple[str, ...]) -> Authenticated | None:
        """Whose token it is by the webhook's answer. Raises InvalidToken."""
        status = review.get("status")
        status = status if isinstance(status, dict) else {}
        if not status.get("authenticated"):
            if status.get("error"):
                raise InvalidToken(str(status["error"]))
            return None
        meant = tuple(_texts(status.get("audiences"))) or self._api_audiences
        shared = tuple(audience for audience in audiences if audience in meant)
        if not shared:
            return None
        expires_at = self._clock.now().timestamp() + self._ttl_seconds
        return Authenticated(user_from(status.get("user")), expires_at=expires_at, audiences=shared)


# One turn of the event loop, with room for a machine under load.
_SHORTEST_SECONDS = 1.0


def token_review(token: str, audiences: tuple[str, ...], version: str) -> Json:
    """The question."""
    return {
        "apiVersion": f"authentication.k8s.io/{version}",
        "kind": "TokenReview",
        "metadata": {"creationTimestamp": None},
        "spec": {"token": token, "audiences": list(audiences)},
        "status": {"user": {}},
    }


def user_from(found: Any) -> User:
    """A user from UserInfo that somebody else wrote: what is not of the right type counts as missing."""
    info = found if isinstance(found, dict) else {}
    extra = info.get("extra")
    return User(
        str(info.get("username") or ""),
        tuple(_texts(info.get("groups"))),
        str(info.get("uid") or ""),
        {str(key): tuple(_texts(values)) for key, values in extra.items()} if isinstance(extra, dict) else {},
    )


def _texts(values: Any) -> Iterable[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
