"""What admission counts: steps and plugins without timing each, webhooks and policies one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from pybernetes.api.errors import APIError
from pybernetes.apiserver.admission.chain import AdmissionChain, AdmissionPlugin
from pybernetes.apiserver.admission.metrics import SAMPLE, error_type
from pybernetes.apiserver.admission.operation import Operation
from tests.apiserver.admission.test_policies import validating
from tests.apiserver.admission.webhooks import configure, webhook
from tests.apiserver.conftest import Api, config_map
from tests.fakes.webhook_server import WebhookServer, webhook_server

MAPS = "/api/v1/namespaces/default/configmaps"
PREFIX = "apiserver_admission"


class Changes(AdmissionPlugin):
    async def admit(self, operation: Operation) -> None:
        return None


class Refuses(AdmissionPlugin):
    async def validate(self, operation: Operation) -> None:
        if operation.namespace == "bad":
            raise operation.forbid("no")


class Unnamed(Refuses):
    name = ""


def operation(api: Api, namespace: str = "") -> Operation:
    state = api.server.state
    resource = state.cache.caches["configmaps"].resource
    return Operation(state, "CREATE", resource, "", namespace, "a", api.user, {"metadata": {}}, None)


def value(metric: str, /, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0


def plugin_calls(name: str, kind: str, rejected: str = "false") -> float:
    labels = {"name": name, "type": kind, "operation": "CREATE", "rejected": rejected}
    return value(f"{PREFIX}_controller_admission_duration_seconds_count", **labels)


async def test_every_step_is_counted_though_few_are_timed(api: Api) -> None:
    chain = AdmissionChain([Changes(), Unnamed(), Refuses()])
    for _ in range(2 * SAMPLE + 5):
        await chain.mutate(operation(api))
        await chain.validate(operation(api))
    for _ in range(3):
        with pytest.raises(APIError):
            await AdmissionChain([Refuses()]).validate(operation(api, "bad"))
    assert plugin_calls("Changes", "admit") == plugin_calls("Refuses", "validate") == 2 * SAMPLE + 5
    assert plugin_calls("Refuses", "validate", "true") == 3
    assert plugin_calls("Changes", "validate") == plugin_calls("Refuses", "admit") == 0
    assert plugin_calls("", "validate") == plugin_calls("Unnamed", "validate") == 0


async def test_what_is_forgotten_is_counted_before(api: Api) -> None:
    class Forgotten(Changes):
        pass

    chain = AdmissionChain([Forgotten()])
    for _ in range(5):
        await chain.mutate(operation(api))
    chain.reconsider()
    await chain.mutate(operation(api))
    assert plugin_calls("Forgotten", "admit") == 6


async def test_steps_of_requests_are_counted(api: Api) -> None:
    labels = {"type": "admit", "operation": "CREATE", "rejected": "false"}
    before = value(f"{PREFIX}_step_admission_duration_seconds_count", **labels)
    await api.create(MAPS, config_map("a"))
    assert value(f"{PREFIX}_step_admission_duration_seconds_count", **labels) == before + 1
    assert plugin_calls("NamespaceLifecycle", "admit") > 0


@pytest.fixture
async def hooks(tmp_path: Path) -> AsyncIterator[WebhookServer]:
    async with webhook_server(tmp_path) as server:
        yield server


@pytest.mark.parametrize(
    ("kind", "step", "answer", "more", "code", "error"),
    [
        ("validating", "validating", {"allowed": True}, {}, "200", ""),
        ("mutating", "admit", {"allowed": True}, {}, "200", ""),
        ("validating", "validating", {"allowed": False}, {}, "400", "no_error"),
        ("mutating", "admit", {"allowed": False, "status": {"code": 999}}, {}, "600", "no_error"),
        ("mutating", "admit", {"allowed": True, "patch": "W10="}, {}, "503", "calling_webhook_error"),
        ("mutating", "admit", {"allowed": True, "patch": "W10="}, {"failurePolicy": "Ignore"}, "503", "open"),
    ],
)
async def test_webhooks(
    api: Api, hooks: WebhookServer, kind: str, step: str, answer: Any, more: Any, code: str, error: str
) -> None:
    hooks.answer = lambda request: answer
    name = f"{kind}-{code}-{error or 'fine'}.example.com".replace("_", "-")
    await configure(api, kind, webhook(hooks.client_config, name=name, **more))
    await api.call("POST", MAPS, config_map("a"))
    labels = {"name": name, "type": step, "operation": "CREATE"}
    rejected = "true" if error not in ("", "open") else "false"
    assert value(f"{PREFIX}_webhook_request_total", **labels, code=code, rejected=rejected) == 1
    assert value(f"{PREFIX}_webhook_admission_duration_seconds_count", **labels, rejected=rejected) == 1
    rejections = value(f"{PREFIX}_webhook_rejection_count", **labels, error_type=error, rejection_code=code)
    assert rejections == (rejected == "true")
    assert value(f"{PREFIX}_webhook_fail_open_count", name=name, type=step) == (error == "open")


async def test_match_conditions(api: Api, hooks: WebhookServer) -> None:
    conditions = [{"name": "a", "expression": "object.metadata.name != 'left-out'"}]
    hook = webhook(hooks.client_config, name="conditions.example.com", matchConditions=conditions)
    await configure(api, "validating", hook)
    for name in ("left-out", "a"):
        await api.create(MAPS, config_map(name))
    labels = {"name": "conditions.example.com", "kind": "webhook", "type": "validating", "operation": "CREATE"}
    assert value(f"{PREFIX}_match_condition_exclusions_total", **labels) == 1
    assert value(f"{PREFIX}_match_condition_evaluation_seconds_count", **labels) == 2
    assert value(f"{PREFIX}_match_condition_evaluation_errors_total", **labels) == 0


async def test_policies(api: Api) -> None:
    await validating(api, "object.data.color == 'red'")
    await api.call("POST", MAPS, config_map("a", color="blue"))
    await api.call("POST", MAPS, config_map("a"))
    labels = {"policy": "p", "policy_binding": "b", "enforcement_action": "deny"}
    check = "apiserver_validating_admission_policy_check"
    for error in ("no_error", "invalid_error"):
        assert value(f"{check}_total", **labels, error_type=error) >= 1
        assert value(f"{check}_duration_seconds_count", **labels, error_type=error) >= 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("", "no_error"),
        ("compilation error: x", "compile_error"),
        ("validation failed due to running out of cost budget, …", "out_of_budget"),
        ("no such key: a", "invalid_error"),
    ],
)
def test_sorts_of_failures(error: str, kind: str) -> None:
    assert error_type(error) == kind
