"""Tokens that a webhook knows, from a real one over HTTPS."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.authn.token_authenticator import InvalidToken
from pybernetes.apiserver.authn.webhook_tokens import WebhookTokens
from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook, WebhookFailed, load_target
from pybernetes.apiserver.questions import answered
from pybernetes.apiserver.user import User
from pybernetes.component.clock import FakeClock
from tests.apiserver.authn.https_server import new_ca, webhook

HERE = ("api",)
CA = new_ca()


class Asked:
    """A webhook that knows some tokens, and what it was asked."""

    def __init__(self) -> None:
        self.reviews: list[Json] = []
        self.down = 0

    def __call__(self, review: Json) -> Json | int:
        if self.down:
            self.down -= 1
            return 500
        self.reviews.append(review)
        status: Json = {"authenticated": False}
        match review["spec"]["token"]:
            case "ann":
                user = {"username": "ann", "uid": "1", "groups": ["a"], "extra": {"k": ["v"]}}
                status = {"authenticated": True, "user": user}
            case "other":
                status = {"authenticated": True, "user": {"username": "ann"}, "audiences": ["elsewhere"]}
            case "angry":
                status = {"error": "go away"}
            case "odd":
                status = {"authenticated": True, "user": {"username": 7, "groups": "x", "extra": []}}
        return {"apiVersion": review["apiVersion"], "kind": "TokenReview", "status": status}


async def test_its_answers_are_kept_for_a_while(tmp_path: Path) -> None:
    asked, clock = Asked(), FakeClock(datetime.now(UTC))
    async with webhook(asked, CA, tmp_path) as file:
        tokens = WebhookTokens(KubeconfigWebhook(str(file), clock=clock), api_audiences=HERE, clock=clock)
        for _ in range(2):
            found = await answered(lambda: tokens.authenticate_token("ann", HERE))
            assert found is not None
            assert (found.user, found.audiences) == (User("ann", ("a",), "1", {"k": ("v",)}), HERE)
            assert await answered(lambda: tokens.authenticate_token("nobody", HERE)) is None
        assert [review["spec"] for review in asked.reviews] == [
            {"token": "ann", "audiences": ["api"]},
            {"token": "nobody", "audiences": ["api"]},
        ]
        assert asked.reviews[0]["apiVersion"] == "authentication.k8s.io/v1beta1"
        await clock.advance(121)
        await answered(lambda: tokens.authenticate_token("ann", HERE))
        assert len(asked.reviews) == 3
        await tokens.close()


async def test_what_it_refuses_and_what_is_for_others(tmp_path: Path) -> None:
    async with webhook(Asked(), CA, tmp_path) as file:
        tokens = WebhookTokens(KubeconfigWebhook(str(file)), api_audiences=HERE, version="v1", ttl_seconds=0)
        with pytest.raises(InvalidToken, match="go away"):
            await answered(lambda: tokens.authenticate_token("angry", HERE))
        assert await answered(lambda: tokens.authenticate_token("other", HERE)) is None
        found = await answered(lambda: tokens.authenticate_token("odd", HERE))
        assert found is not None
        assert found.user == User("7")
        await tokens.close()
    with pytest.raises(ValueError, match="neither v1 nor v1beta1"):
        WebhookTokens(KubeconfigWebhook(str(file)), api_audiences=HERE, version="v2")


class Impatient(FakeClock):
    """Every wait is over at once; how long each was."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


async def test_a_webhook_that_fails_is_asked_again_five_times_at_most(tmp_path: Path) -> None:
    asked, clock = Asked(), Impatient()
    async with webhook(asked, CA, tmp_path) as file:
        hook = KubeconfigWebhook(str(file), clock=clock)
        asked.down = 3
        assert (await hook.ask({"apiVersion": "v1", "spec": {"token": "ann"}}))["status"]["authenticated"]
        assert len(clock.waits) == 3
        assert 0.5 <= clock.waits[0] <= 0.6 < clock.waits[1] < clock.waits[2]
        asked.down = 5
        with pytest.raises(WebhookFailed, match="answered 500"):
            await hook.ask({"apiVersion": "v1", "spec": {"token": "ann"}})
        await hook.close()
    tokens = WebhookTokens(KubeconfigWebhook(str(file), clock=clock), api_audiences=HERE)
    with pytest.raises(InvalidToken, match="ClientConnectorError"):
        await answered(lambda: tokens.authenticate_token("ann", HERE))
    await tokens.close()


@pytest.mark.parametrize("content", ["", "[]", "a: [", "current-context: x", "contexts: []"])
def test_what_is_no_kubeconfig_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "config").write_text(content)
    with pytest.raises(ValueError, match="no kubeconfig"):
        load_target(tmp_path / "config")
