"""Authorization by webhooks, real ones over HTTPS: what they are asked, what their answers mean, what is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.authorization_configuration import BadConfiguration, parse_configuration
from pybernetes.apiserver.authz.chain import build_chain
from pybernetes.apiserver.authz.decision import Decision, MatchFailed
from pybernetes.apiserver.authz.match_conditions import MatchConditions
from pybernetes.apiserver.authz.options import AuthorizationOptions
from pybernetes.apiserver.authz.reload import AuthorizationReload
from pybernetes.apiserver.authz.webhook import WebhookAuthorizer, WebhookRules
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.questions import answered
from pybernetes.apiserver.user import User
from pybernetes.component.clock import FakeClock
from tests.apiserver.authn.https_server import new_ca, webhook
from tests.apiserver.conftest import Api, running
from tests.fakes.reader import MemoryReader

CA = new_ca()
ANN = User("ann", ("team",), "7", {"scope": ("a",)})
LIST_PODS = Attributes(
    ANN, "list", "", "v1", "pods", namespace="shop", field_selector="spec.nodeName=n", label_selector="app in (a,b),!x"
)


class Hook:
    """Answers by the user's name, and keeps what it was asked."""

    def __init__(self) -> None:
        self.reviews: list[Json] = []
        self.down = False

    def __call__(self, review: Json) -> Json | int:
        if self.down:
            return 404
        self.reviews.append(review)
        says = {
            "ann": {"allowed": True, "reason": "she may"},
            "eve": {"allowed": False, "denied": True, "reason": "never her"},
            "odd": {"allowed": True, "denied": True},
        }
        return {**review, "status": says.get(review["spec"].get("user"), {"allowed": False})}


async def test_what_it_is_asked_and_what_is_kept(tmp_path: Path) -> None:
    hook, clock = Hook(), FakeClock(datetime.now(UTC))
    async with webhook(hook, CA, tmp_path) as file:
        authorizer = WebhookAuthorizer(KubeconfigWebhook(str(file)), WebhookRules("v1"), clock=clock)

        async def decide(user: str, **more: Any) -> Decision:
            attributes = Attributes(User(user), "get", path="/x") if not more else more["attributes"]
            return await answered(lambda: authorizer.authorize(attributes))

        for _ in range(2):
            assert await decide("ann", attributes=LIST_PODS) == Decision(allowed=True, reason="she may")
            assert await decide("eve") == Decision(allowed=False, denied=True, reason="never her")
            assert await decide("who") == Decision(allowed=False)
        assert (await decide("odd")).error == "webhook subject access review returned both allow and deny response"
        assert [review["spec"] for review in hook.reviews[:2]] == [
            {
                "resourceAttributes": {
                    "namespace": "shop",
                    "verb": "list",
                    "version": "v1",
                    "resource": "pods",
                    "fieldSelector": {"requirements": [{"key": "spec.nodeName", "operator": "In", "values": ["n"]}]},
                    "labelSelector": {
                        "requirements": [
                            {"key": "app", "operator": "In", "values": ["a", "b"]},
                            {"key": "x", "operator": "DoesNotExist"},
                        ]
                    },
                },
                "user": "ann",
                "groups": ["team"],
                "extra": {"scope": ["a"]},
                "uid": "7",
            },
            {"nonResourceAttributes": {"path": "/x", "verb": "get"}, "user": "eve"},
        ]
        assert len(hook.reviews) == 4
        await clock.advance(31)
        await decide("ann", attributes=LIST_PODS)
        await decide("eve")
        assert len(hook.reviews) == 5
        long = Attributes(User("ann"), "get", path="/" + "x" * 10_000)
        await decide("ann", attributes=long)
        await clock.advance(2)
        await decide("ann", attributes=long)
        assert len(hook.reviews) == 7
        await authorizer.close()


async def test_v1beta1_calls_groups_group(tmp_path: Path) -> None:
    hook = Hook()
    async with webhook(hook, CA, tmp_path) as file:
        authorizer = WebhookAuthorizer(KubeconfigWebhook(str(file)), WebhookRules())
        await answered(lambda: authorizer.authorize(LIST_PODS))
        (review,) = hook.reviews
        assert review["apiVersion"] == "authorization.k8s.io/v1beta1"
        assert review["spec"]["group"] == ["team"] and "groups" not in review["spec"]
        await authorizer.close()


@pytest.mark.parametrize("denies", [False, True])
async def test_a_webhook_that_fails_counts_as_its_policy_says(tmp_path: Path, denies: bool) -> None:
    hook = Hook()
    hook.down = True
    async with webhook(hook, CA, tmp_path) as file:
        rules = WebhookRules("v1", denies_on_failure=denies)
        authorizer = WebhookAuthorizer(KubeconfigWebhook(str(file)), rules)
        decision = await answered(lambda: authorizer.authorize(LIST_PODS))
        assert (decision.allowed, decision.denied) == (False, denies)
        assert "the webhook answered 404" in decision.error
        await authorizer.close()


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ((), True),
        (("request.user == 'ann'", "has(request.resourceAttributes)"), True),
        (("request.user == 'bob'",), False),
        (("'team' in request.groups && request.extra['scope'] == ['a'] && request.uid == '7'",), True),
        (("request.resourceAttributes.group == '' && request.resourceAttributes.name == ''",), True),
        (("request.resourceAttributes.fieldSelector.requirements[0].key == 'spec.nodeName'",), True),
        (("request.nonResourceAttributes.path == '/'", "request.user == 'bob'"), False),
    ],
)
def test_conditions_decide_whether_it_is_asked(conditions: tuple[str, ...], matches: bool) -> None:
    from pybernetes.apiserver.authz.access_review import review_spec

    assert MatchConditions(conditions).match(review_spec(LIST_PODS)) is matches


def test_a_condition_without_a_value_fails() -> None:
    with pytest.raises(MatchFailed, match=r"request\.nonResourceAttributes\.path"):
        MatchConditions(["request.nonResourceAttributes.path == '/'"]).match({"user": "ann", "resourceAttributes": {}})


def entry(file: Path, **more: Any) -> Json:
    webhook = {
        "timeout": "3s",
        "authorizedTTL": "5m",
        "unauthorizedTTL": "30s",
        "subjectAccessReviewVersion": "v1",
        "failurePolicy": "Deny",
        "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": str(file)},
        **more,
    }
    return {"type": "Webhook", "name": "hook", "webhook": {k: v for k, v in webhook.items() if v is not None}}


def content(*authorizers: Json) -> bytes:
    top = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthorizationConfiguration"}
    return yaml.safe_dump({**top, "authorizers": list(authorizers)}).encode()


async def test_a_server_with_webhooks_before_and_after_rbac(tmp_path: Path) -> None:
    hook = Hook()
    async with webhook(hook, CA, tmp_path) as file:
        conditions = {
            "matchConditionSubjectAccessReviewVersion": "v1",
            "matchConditions": [{"expression": "request.user != 'system:kube-scheduler'"}],
        }
        config = tmp_path / "authorization.yaml"
        config.write_bytes(
            content(entry(file, **conditions), {"type": "Node", "name": "node"}, {"type": "RBAC", "name": "rbac"})
        )
        options = Options(tmp_path / "data", secure_port=-1, authorization=AuthorizationOptions(config=str(config)))
        async with running(options) as server:
            api = Api(server)
            pods = "/api/v1/namespaces/default/pods"
            assert (await api.as_user("ann").call("GET", pods))[0] == 200
            status, refused = await api.as_user("eve").call("GET", pods)
            assert (status, refused["message"]) == (
                403,
                'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "default": '
                "never her",
            )
            assert (await api.as_user("system:kube-scheduler").call("GET", pods))[0] == 200
            assert "system:kube-scheduler" not in [review["spec"]["user"] for review in hook.reviews]
            review = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {"user": "ann", "resourceAttributes": {"verb": "delete", "resource": "nodes"}},
            }
            status = (await api.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review))["status"]
            assert status == {"allowed": True, "reason": "she may"}
            hook.down = True
            answer = await api.as_user("new").answer("GET", pods)
            assert isinstance(answer, Response)
            assert answer.status == 500
            assert answer.body.startswith(f'Internal Server Error: "{pods}": Post https://'.encode())


async def test_a_changed_file_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    hook = Hook()
    async with webhook(hook, CA, tmp_path) as file:
        config = tmp_path / "authorization.yaml"
        config.write_bytes(content({"type": "RBAC", "name": "rbac"}))
        reader = MemoryReader()
        chain = build_chain(AuthorizationOptions(config=str(config)), reader)
        reload, rbac = AuthorizationReload(str(config), chain, reader, FakeClock()), chain.rbac
        assert not await reload.look()
        assert not chain.authorize(LIST_PODS).allowed
        config.write_bytes(content(entry(file), {"type": "RBAC", "name": "rbac"}))
        assert await reload.look()
        assert (await answered(lambda: chain.authorize(LIST_PODS))).allowed
        assert chain.rbac is rbac
        config.write_bytes(b"kind: Nonsense")
        assert not await reload.look()
        assert chain.authorize(LIST_PODS).allowed
        config.write_bytes(content({"type": "RBAC", "name": "rbac"}))
        assert await reload.look()
        assert not chain.authorize(LIST_PODS).allowed
        await chain.close()


async def test_flags_describe_one_webhook(tmp_path: Path) -> None:
    hook = Hook()
    async with webhook(hook, CA, tmp_path) as file:
        options = AuthorizationOptions(("Webhook", "RBAC"), webhook_config_file=str(file))
        chain = build_chain(options, MemoryReader())
        assert (await answered(lambda: chain.authorize(LIST_PODS))).allowed
        assert chain.rules_for(ANN, "shop").errors == ("webhook authorizer does not support user rule resolution",)
        with pytest.raises(APIError, match="never her"):
            await answered(lambda: chain.require(Attributes(User("eve"), "get", path="/x")))
        await chain.close()
    for options in (AuthorizationOptions(("Webhook",)), AuthorizationOptions(("RBAC",), webhook_config_file="x")):
        with pytest.raises(ValueError, match="need each other"):
            build_chain(options, MemoryReader())


@pytest.mark.parametrize(
    ("authorizers", "fault"),
    [
        ([], "authorizers: Required value: at least one authorization mode must be defined"),
        ([{"name": "a"}], "authorizers[0].type: Required value"),
        ([{"type": "ABAC", "name": "a"}], 'authorizers[0].type: Unsupported value: "ABAC"'),
        (
            [{"type": "RBAC", "name": "a"}, {"type": "RBAC", "name": "b"}],
            '[1].type: Duplicate value: "RBAC"',
        ),
        ([{"type": "RBAC"}], "authorizers[0].name: Required value"),
        ([{"type": "RBAC", "name": "a"}, {"type": "Node", "name": "a"}], 'authorizers[1].name: Duplicate value: "a"'),
        ([{"type": "RBAC", "name": "A!"}], "authorizer name is invalid"),
        ([{"type": "RBAC", "name": "a", "webhook": {}}], "may only be specified when type=Webhook"),
        ([{"type": "Webhook", "name": "a"}], "authorizers[0].webhook: Required value: required when type=Webhook"),
        ([entry(Path(__file__), timeout=None)], "authorizers[0].timeout: Required value"),
        ([entry(Path(__file__), timeout="31s")], "must be > 0s and <= 30s"),
        ([entry(Path(__file__), timeout="soon")], "not a duration"),
        ([entry(Path(__file__), authorizedTTL="-5s")], "authorizers[0].authorizedTTL: Invalid value"),
        ([entry(Path(__file__), unauthorizedTTL=None)], "authorizers[0].unauthorizedTTL: Required value"),
        (
            [entry(Path(__file__), subjectAccessReviewVersion="v2")],
            "subjectAccessReviewVersion: Unsupported",
        ),
        ([entry(Path(__file__), failurePolicy="Maybe")], 'supported values: "NoOpinion", "Deny"'),
        ([entry(Path("relative"))], "must be an absolute path"),
        ([entry(Path("/nowhere/at/all"))], "must be a regular file"),
        ([entry(Path(__file__), connectionInfo={})], "authorizers[0].connectionInfo.type: Required value"),
        (
            [entry(Path(__file__), matchConditions=[{"expression": "true"}])],
            "authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions",
        ),
        (
            [
                entry(
                    Path(__file__),
                    matchConditionSubjectAccessReviewVersion="v1",
                    matchConditions=[
                        {"expression": "request.user"},
                        {"expression": " "},
                        {"expression": "request.nose"},
                    ],
                )
            ],
            "authorizers[0].matchConditions[0].expression: Invalid value: "
            '"request.user": must evaluate to bool but got string; '
            "authorizers[0].matchConditions[1].expression: Required value; "
            'authorizers[0].matchConditions[2].expression: Invalid value: "request.nose": compilation failed',
        ),
    ],
)
def test_faults_name_their_field(authorizers: list[Json], fault: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        parse_configuration(content(*authorizers))
    assert fault in str(caught.value)
