"""Webhooks that refuse: which requests they are asked about, what their refusals say, and what their silence means."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.pki.ca import create_ca
from tests.apiserver.admission.webhooks import PATH, configure, rule, webhook
from tests.apiserver.conftest import Api, config_map, pod
from tests.fakes.webhook_server import WebhookServer, webhook_server

MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
FAILED = 'Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: '


@pytest.fixture
async def hooks(tmp_path: Path) -> AsyncIterator[WebhookServer]:
    async with webhook_server(tmp_path) as server:
        yield server


@pytest.mark.parametrize(
    ("status", "code", "reason", "message"),
    [
        (None, 400, "", 'admission webhook "hook.example.com" denied the request without explanation'),
        ({"message": "no"}, 400, "", 'admission webhook "hook.example.com" denied the request: no'),
        ({"reason": "Odd"}, 400, "Odd", 'admission webhook "hook.example.com" denied the request: Odd'),
        (
            {"message": "no", "code": 403, "reason": "Forbidden"},
            403,
            "Forbidden",
            'admission webhook "hook.example.com" denied the request: no',
        ),
        ({"message": "fine", "code": 200}, 400, "", 'admission webhook "hook.example.com" denied the request: fine'),
    ],
)
async def test_refusals(
    api: Api, hooks: WebhookServer, status: Json | None, code: int, reason: str, message: str
) -> None:
    hooks.answer = lambda request: {"allowed": False, **({"status": status} if status else {})}
    await configure(api, "validating", webhook(hooks.client_config))
    found, refused = await api.call("POST", MAPS, config_map("a"))
    assert (found, refused["code"], refused.get("reason", "")) == (code, code, reason)
    assert (refused["kind"], refused["status"], refused["message"]) == ("Status", "Failure", message)


async def test_warnings_are_passed_on(api: Api, hooks: WebhookServer) -> None:
    hooks.answer = lambda request: {"allowed": True, "warnings": ["mind the gap"]}
    await configure(api, "validating", webhook(hooks.client_config))
    answer = await api.answer("POST", MAPS, config_map("a"))
    assert isinstance(answer, Response) and answer.headers is not None
    assert answer.headers["warning"] == '299 - "mind the gap"'


async def test_a_validating_webhook_may_not_change(api: Api, hooks: WebhookServer) -> None:
    hooks.answer = lambda request: {"allowed": True, "patchType": "JSONPatch", "patch": "W10="}
    await configure(api, "validating", webhook(hooks.client_config))
    _, refused = await api.call("POST", MAPS, config_map("a"))
    assert refused["message"].endswith(
        "received invalid webhook response: validating webhook may not return response.patch"
    )


async def test_all_are_asked_at_once(api: Api, tmp_path: Path) -> None:
    both_asked = asyncio.Event()

    async def wait(request: Json) -> Json:
        if len(hooks.reviews) == 2:
            both_asked.set()
        await both_asked.wait()
        return {"allowed": True}

    async with webhook_server(tmp_path, wait) as hooks:
        await configure(api, "validating", *(webhook(hooks.client_config, name=f"{name}.example.com") for name in "ab"))
        await api.create(MAPS, config_map("a"))


# -- which requests


@pytest.mark.parametrize(
    ("rules", "more", "asked"),
    [
        (rule("UPDATE"), {}, False),
        (rule("CREATE", resources="secrets"), {}, False),
        (rule("CREATE", resources="*"), {}, True),
        (rule("CREATE", resources="*/*"), {}, True),
        (rule("CREATE", resources="configmaps/status"), {}, False),
        (rule("CREATE", groups="apps"), {}, False),
        (rule("CREATE", groups="*"), {}, True),
        (rule("CREATE", apiVersions=["v2"]), {}, False),
        (rule("CREATE", scope="Cluster"), {}, False),
        (rule("CREATE", scope="Namespaced"), {}, True),
        (rule("*"), {"objectSelector": {"matchLabels": {"kind": "odd"}}}, True),
        (rule("*"), {"objectSelector": {"matchLabels": {"kind": "even"}}}, False),
        (rule("*"), {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}}}, True),
        (rule("*"), {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}, False),
    ],
)
async def test_who_is_asked(api: Api, hooks: WebhookServer, rules: Json, more: Json, asked: bool) -> None:
    await configure(api, "validating", webhook(hooks.client_config, rules, **more))
    body = config_map("a")
    body["metadata"]["labels"] = {"kind": "odd"}
    await api.create(MAPS, body)
    assert bool(hooks.reviews) == asked


async def test_a_namespace_is_selected_by_its_own_labels(api: Api, hooks: WebhookServer) -> None:
    selector = {"matchLabels": {"team": "red"}}
    rules = rule("CREATE", "UPDATE", "DELETE", resources="namespaces")
    await configure(api, "validating", webhook(hooks.client_config, rules, namespaceSelector=selector))
    for name, labels in (("red", {"team": "red"}), ("blue", {"team": "blue"})):
        await api.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    assert [(request["name"], request["namespace"]) for request in hooks.requests] == [("red", "red")]


async def test_another_version_of_the_resource_counts_unless_the_policy_is_exact(
    api: Api, hooks: WebhookServer
) -> None:
    names = {"plural": "lamps", "singular": "lamp", "kind": "Lamp", "listKind": "LampList"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    versions = [{"name": name, "served": True, "storage": name == "v1", "schema": schema} for name in ("v1", "v1beta1")]
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "lamps.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": versions},
    }
    await api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
    path = "/apis/example.com/v1beta1/namespaces/default/lamps"
    async with asyncio.timeout(10):
        while (await api.call("GET", path))[0] != 200:
            await asyncio.sleep(0)
    rules = rule("CREATE", groups="example.com", resources="lamps", apiVersions=["v1"])
    exact = webhook(hooks.client_config, rules, name="exact.example.com", matchPolicy="Exact")
    await configure(api, "validating", webhook(hooks.client_config, rules), exact)
    await api.create(path, {"apiVersion": "example.com/v1beta1", "kind": "Lamp", "metadata": {"name": "a"}, "on": True})
    (request,) = hooks.requests
    assert (request["kind"]["version"], request["resource"]["version"]) == ("v1", "v1")
    assert (request["requestKind"]["version"], request["requestResource"]["version"]) == ("v1beta1", "v1beta1")
    assert request["object"]["apiVersion"] == "example.com/v1" and request["object"]["on"] is True


@pytest.mark.parametrize(
    ("group", "path", "asked"),
    [
        ("", "/apis/events.k8s.io/v1/namespaces/default/events", ("", "involvedObject")),
        ("events.k8s.io", "/api/v1/namespaces/default/events", ("events.k8s.io", "regarding")),
    ],
)
async def test_events_of_both_groups_are_the_same(
    api: Api, hooks: WebhookServer, group: str, path: str, asked: tuple[str, str]
) -> None:
    rules = rule("CREATE", groups=group, resources="events")
    exact = webhook(hooks.client_config, rules, name="exact.example.com", matchPolicy="Exact")
    await configure(api, "validating", webhook(hooks.client_config, rules), exact)
    about = {"kind": "Pod", "namespace": "default", "name": "p"}
    event: Json = {"metadata": {"name": "a", "namespace": "default"}, "reason": "R", "type": "Normal"}
    if group:
        event |= {"involvedObject": about, "message": "m"}
    else:
        event |= {"regarding": about, "note": "m", "action": "A", "reportingController": "a.b/c"}
        event |= {"reportingInstance": "i", "eventTime": "2026-01-01T00:00:00.000000Z"}
    await api.create(path, event)
    (request,) = hooks.requests
    assert (request["resource"]["group"], request["kind"]["group"]) == (asked[0], asked[0])
    assert request["requestKind"]["group"] != asked[0]
    assert request["object"][asked[1]]["name"] == "p"


# -- dry runs


async def test_a_dry_run_asks_only_webhooks_without_effects(api: Api, hooks: WebhookServer) -> None:
    await configure(api, "validating", webhook(hooks.client_config))
    await api.create(MAPS, config_map("a"), query={"dryRun": "All"})
    assert hooks.requests[0]["dryRun"] is True and hooks.requests[0]["options"]["dryRun"] == ["All"]


# -- other requests than plain writes


async def test_subresources_are_shown_as_their_own_kinds(api: Api, hooks: WebhookServer) -> None:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": pod("x")["spec"]}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "x"}}, "template": template}
    await api.create("/apis/apps/v1/namespaces/default/deployments", {"metadata": {"name": "d"}, "spec": spec})
    await api.create(PODS, pod("p"))
    rules = [rule("*", resources="*/*"), rule("*", groups="apps", resources="*/*")]
    await configure(api, "validating", webhook(hooks.client_config, *rules))
    scale = {"metadata": {"name": "d"}, "spec": {"replicas": 3}}
    await api.ok("PUT", "/apis/apps/v1/namespaces/default/deployments/d/scale", scale)
    binding = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}}
    await api.create(f"{PODS}/p/binding", binding)
    await api.ok(
        "PATCH", f"{PODS}/p/status", {"status": {"phase": "Running"}}, content_type="application/merge-patch+json"
    )
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}
    await api.create(f"{PODS}/p/eviction", eviction)
    token = {"spec": {"audiences": ["a"]}}
    await api.create("/api/v1/namespaces/default/serviceaccounts/default/token", token)
    shown = [
        (
            request["operation"],
            request["resource"]["resource"],
            request["subResource"],
            request["kind"]["group"],
            request["kind"]["kind"],
            request["object"]["kind"],
        )
        for request in hooks.requests
    ]
    assert shown == [
        ("UPDATE", "deployments", "scale", "autoscaling", "Scale", "Scale"),
        ("CREATE", "pods", "binding", "", "Binding", "Binding"),
        ("UPDATE", "pods", "status", "", "Pod", "Pod"),
        ("CREATE", "pods", "eviction", "policy", "Eviction", "Eviction"),
        ("CREATE", "serviceaccounts", "token", "authentication.k8s.io", "TokenRequest", "TokenRequest"),
    ]
    assert (hooks.requests[0]["oldObject"]["spec"], hooks.requests[0]["object"]["spec"]) == (
        {"replicas": 1},
        {"replicas": 3},
    )


async def test_connections_are_asked_about(api: Api, hooks: WebhookServer) -> None:
    hooks.answer = lambda request: {"allowed": False, "status": {"message": "not here", "code": 403}}
    await configure(api, "validating", webhook(hooks.client_config, rule("CONNECT", resources="*/*")))
    for path in ("pods/p/exec", "pods/p/attach", "pods/p/portforward", "pods/p/proxy/x", "services/s/proxy"):
        query = {"command": "ls", "stdin": "true", "container": "c"}
        status, refused = await api.call("POST", f"/api/v1/namespaces/default/{path}", query=query)
        assert (status, refused["message"]) == (
            403,
            'admission webhook "hook.example.com" denied the request: not here',
        )
    execution, attach, forward, proxy, service = hooks.requests
    assert execution["object"] == {
        "kind": "PodExecOptions",
        "apiVersion": "v1",
        "stdin": True,
        "container": "c",
        "command": ["ls"],
    }
    assert execution["options"] is None and execution["kind"]["kind"] == "PodExecOptions"
    assert (attach["object"]["kind"], forward["object"]["kind"]) == ("PodAttachOptions", "PodPortForwardOptions")
    assert proxy["object"] == {"kind": "PodProxyOptions", "apiVersion": "v1", "path": "/x"}
    assert service["object"] == {"kind": "ServiceProxyOptions", "apiVersion": "v1"}


async def test_each_of_a_collection_is_asked_about_without_its_name(api: Api, hooks: WebhookServer) -> None:
    for name in "ab":
        await api.create(MAPS, config_map(name))
    await configure(api, "validating", webhook(hooks.client_config, rule("DELETE")))
    await api.ok("DELETE", MAPS)
    assert sorted(request["oldObject"]["metadata"]["name"] for request in hooks.requests) == ["a", "b"]
    assert not any("name" in request for request in hooks.requests)


# -- silence


async def failure(api: Api, config: Json, **more: object) -> str:
    await configure(api, "validating", webhook(config, **more))
    status, refused = await api.call("POST", MAPS, config_map("a"))
    assert status == 500 and refused["details"]["causes"] == [
        {"message": refused["message"].removeprefix("Internal error occurred: ")}
    ]
    message: str = refused["message"]
    assert message.startswith(FAILED)
    return message.removeprefix(FAILED)


async def test_nobody_listens(api: Api, hooks: WebhookServer) -> None:
    config = {**hooks.client_config, "url": "https://127.0.0.1:1/hook"}
    text = await failure(api, config)
    assert text == 'Post "https://127.0.0.1:1/hook?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused'


async def test_what_fails_may_be_passed_over(api: Api, hooks: WebhookServer) -> None:
    config = {**hooks.client_config, "url": "https://127.0.0.1:1/hook"}
    await configure(api, "validating", webhook(config, failurePolicy="Ignore"))
    await api.create(MAPS, config_map("a"))


async def test_it_takes_too_long(api: Api, hooks: WebhookServer) -> None:
    listener = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        text = await failure(api, {"url": f"https://127.0.0.1:{port}/"}, timeoutSeconds=1)
    finally:
        listener.close()
    assert text == f'Post "https://127.0.0.1:{port}/?timeout=1s": context deadline exceeded'


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (404, "nothing here", "the server could not find the requested resource"),
        (500, "broken\n", 'an error on the server ("broken") has prevented the request from succeeding'),
        (503, "later", "the server is currently unable to handle the request"),
        (200, "", "0-length response with status code: 200 and content type: text/plain; charset=utf-8"),
    ],
)
async def test_answers_of_another_kind(api: Api, hooks: WebhookServer, status: int, body: str, text: str) -> None:
    hooks.answer = lambda request: web.Response(status=status, text=body)
    assert await failure(api, hooks.client_config) == text


async def test_an_authority_that_nobody_knows(api: Api, hooks: WebhookServer) -> None:
    other = create_ca("another", now=datetime.now(UTC)).certificate_pem
    text = await failure(api, {**hooks.client_config, "caBundle": base64.b64encode(other).decode()})
    assert text.endswith("tls: failed to verify certificate: x509: certificate signed by unknown authority")


async def test_an_authority_of_the_same_name(api: Api, hooks: WebhookServer) -> None:
    other = create_ca("webhook-ca", now=datetime.now(UTC)).certificate_pem
    text = await failure(api, {**hooks.client_config, "caBundle": base64.b64encode(other).decode()})
    assert text.endswith(
        'x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while '
        'trying to verify candidate authority certificate "webhook-ca")'
    )


async def test_a_certificate_for_another_name(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, dns_names=["a.example.com", "b.example.com"], ip_addresses=[]) as server:
        config = {**server.client_config, "url": f"https://localhost:{server.port}/hook"}
        text = await failure(api, config)
        assert text == (
            f'Post "https://localhost:{server.port}/hook?timeout=10s": tls: failed to verify certificate: x509: '
            "certificate is valid for a.example.com, b.example.com, not localhost"
        )


async def test_a_certificate_without_addresses(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, dns_names=["a.example.com"], ip_addresses=[]) as server:
        text = await failure(api, server.client_config)
        assert text.endswith("x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs")


async def test_an_expired_certificate(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, age=timedelta(days=500)) as server:
        text = await failure(api, server.client_config)
        assert "x509: certificate has expired or is not yet valid: current time " in text and " is after " in text


# -- services


def service_config(hooks: WebhookServer, **more: object) -> Json:
    return {"service": {"namespace": "default", "name": "hook", "path": "/deep", **more}, "caBundle": hooks.ca_bundle}


async def test_services_that_lead_nowhere(api: Api, hooks: WebhookServer) -> None:
    text = await failure(api, service_config(hooks))
    assert text == 'Post "https://hook.default.svc:443/deep?timeout=10s": service "hook" not found'
    service = {"metadata": {"name": "hook"}, "spec": {"ports": [{"port": 443, "targetPort": 8443}]}}
    await api.create("/api/v1/namespaces/default/services", service)
    _, refused = await api.call("POST", MAPS, config_map("a"))
    assert refused["message"].endswith('no endpoints available for service "hook"')


async def test_a_service_is_reached_by_its_endpoints_under_its_name(api: Api, tmp_path: Path) -> None:
    async with webhook_server(tmp_path, dns_names=["hook.default.svc"], ip_addresses=[]) as server:
        service = {
            "metadata": {"name": "hook"},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        }
        await api.create("/api/v1/namespaces/default/services", service)
        await configure(api, "validating", webhook(service_config(server, port=server.port)))
        await api.create(MAPS, config_map("a"))
        assert server.paths == ["/deep?timeout=10s"]


# -- match conditions


async def test_conditions_decide_who_is_asked(api: Api, hooks: WebhookServer) -> None:
    condition = {"name": "not-nodes", "expression": "!('system:nodes' in request.userInfo.groups)"}
    red = {"name": "red", "expression": "object.data.color == 'red'"}
    await configure(api, "validating", webhook(hooks.client_config, matchConditions=[condition, red]))
    await api.create(MAPS, config_map("a", color="blue"))
    assert not hooks.reviews
    await api.create(MAPS, config_map("b", color="red"))
    assert len(hooks.reviews) == 1


@pytest.mark.parametrize(("policy", "status"), [("Fail", 403), ("Ignore", 201)])
async def test_a_condition_that_fails(api: Api, hooks: WebhookServer, policy: str, status: int) -> None:
    condition = {"name": "red", "expression": "object.data.color == 'red'"}
    hook = webhook(hooks.client_config, matchConditions=[condition], failurePolicy=policy)
    await configure(api, "validating", hook)
    found, answer = await api.call("POST", MAPS, config_map("a", size="big"))
    assert found == status and not hooks.reviews
    if status == 403:
        assert answer["message"] == (
            "configmaps \"a\" is forbidden: expression 'object.data.color == 'red'' resulted in error: "
            "no such key: color"
        )


async def test_a_condition_that_does_not_compile_is_refused(api: Api, hooks: WebhookServer) -> None:
    hook = webhook(hooks.client_config, matchConditions=[{"name": "x", "expression": "object.x ="}])
    body = {"metadata": {"name": "x"}, "webhooks": [hook]}
    status, refused = await api.call("POST", f"{PATH}/validatingwebhookconfigurations", body)
    assert status == 422
    assert any(
        cause["field"] == "webhooks[0].matchConditions[0].expression" and "compilation failed" in cause["message"]
        for cause in refused["details"]["causes"]
    )
