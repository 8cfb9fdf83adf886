"""The paths that belong to no resource: health, what runs here, and what else there is."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pybernetes.apiserver.around_handler import sending_away, with_strict_transport
from pybernetes.apiserver.http import Answer, Request, Response
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.version import GIT_VERSION
from tests.apiserver.conftest import Api, running

READYZ = """\
[+]ping ok
[+]log ok
[+]etcd ok
[+]etcd-readiness ok
[+]informer-sync ok
[+]poststarthook/start-apiserver-admission-initializer ok
[+]poststarthook/generic-apiserver-start-informers ok
[+]poststarthook/priority-and-fairness-config-consumer ok
[+]poststarthook/priority-and-fairness-filter ok
[+]poststarthook/storage-object-count-tracker-hook ok
[+]poststarthook/start-apiextensions-informers ok
[+]poststarthook/start-apiextensions-controllers ok
[+]poststarthook/crd-informer-synced ok
[+]poststarthook/start-system-namespaces-controller ok
[+]poststarthook/start-cluster-authentication-info-controller ok
[+]poststarthook/start-kube-apiserver-identity-lease-controller ok
[+]poststarthook/start-kube-apiserver-identity-lease-garbage-collector ok
[+]poststarthook/storage-readiness ok
[+]poststarthook/start-legacy-token-tracking-controller ok
[+]poststarthook/start-service-ip-repair-controllers ok
[+]poststarthook/rbac/bootstrap-roles ok
[+]poststarthook/scheduling/bootstrap-system-priority-classes ok
[+]poststarthook/priority-and-fairness-config-producer ok
[+]poststarthook/bootstrap-controller ok
[+]poststarthook/start-kubernetes-service-cidr-controller ok
[+]poststarthook/aggregator-reload-proxy-client-cert ok
[+]poststarthook/start-kube-aggregator-informers ok
[+]poststarthook/apiservice-status-local-available-controller ok
[+]poststarthook/apiservice-status-remote-available-controller ok
[+]poststarthook/apiservice-registration-controller ok
[+]poststarthook/apiservice-discovery-controller ok
[+]poststarthook/kube-apiserver-autoregistration ok
[+]autoregister-completion ok
[+]poststarthook/apiservice-openapi-controller ok
[+]poststarthook/apiservice-openapiv3-controller ok
[+]shutdown ok
readyz check passed
"""
STATUSZ = "application/json;v=v1beta1;g=config.k8s.io;as=Statusz"
FLAGZ = "application/json;v=v1beta1;g=config.k8s.io;as=Flagz"


async def text_of(api: Api, path: str, **more: str) -> str:
    answer = await api.answer("GET", path, accept=more.pop("accept", "*/*"), query=more)
    assert isinstance(answer, Response) and answer.content_type == "text/plain; charset=utf-8"
    return answer.body.decode()


async def test_readiness_is_told_as_kube_apiserver_tells_it(api: Api) -> None:
    assert await text_of(api, "/readyz", verbose="") == READYZ
    ready = ("[+]etcd-readiness", "[+]informer-sync", "[+]shutdown")
    live = "".join(line for line in READYZ.splitlines(keepends=True) if not line.startswith(ready))
    assert await text_of(api, "/livez", verbose="") == live.replace("readyz check", "livez check")
    assert await text_of(api, "/healthz") == "ok"
    assert await text_of(api, "/readyz/poststarthook/rbac/bootstrap-roles") == "ok"
    assert (await api.answer("POST", "/livez/ping")).status == 200  # type: ignore[union-attr]
    assert (await api.answer("GET", "/livez/shutdown")).status == 404  # type: ignore[union-attr]


async def test_every_check_is_among_the_paths(api: Api) -> None:
    paths = (await api.get("/"))["paths"]
    assert paths == sorted(paths)
    for path in (
        "/apis/",
        "/livez/etcd",
        "/metrics/slis",
        "/openid/v1/jwks",
        "/readyz/shutdown",
        "/version",
        "/apis/apps/v1",
    ):
        assert path in paths
    assert (await api.answer("GET", "/metrics/slis")).status == 200  # type: ignore[union-attr]


async def test_pages_for_people(api: Api) -> None:
    text = await text_of(api, "/statusz")
    assert text.startswith("\nkube-apiserver statusz\nWarning: This endpoint is not meant to be machine parseable")
    assert "\nUp: 0 hr 00 min " in text and "\nEmulation version: 1.36\n" in text
    assert "\nPaths: /flagz /healthz /livez /metrics /openapi /openid /readyz /statusz /version\n" in text
    status = await api.get("/statusz", accept=STATUSZ)
    assert status["kind"] == "Statusz" and status["apiVersion"] == "config.k8s.io/v1beta1"
    assert f"v{status['binaryVersion']}" == GIT_VERSION.partition("+")[0]
    assert "\nevent-ttl=1h0m0s\n" in await text_of(api, "/flagz")
    flags = (await api.get("/flagz", accept=FLAGZ))["flags"]
    assert flags["authorization-mode"] == "[Node,RBAC]" and flags["anonymous-auth"] == "true"
    assert (await api.answer("GET", "/flagz", accept="application/json")).status == 406  # type: ignore[union-attr]


async def test_keys_and_metrics_say_what_they_are(api: Api) -> None:
    for path, kind, caching in (
        ("/openid/v1/jwks", "application/jwk-set+json", "public, max-age=3600"),
        ("/.well-known/openid-configuration", "application/json", "public, max-age=3600"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", "no-cache, private"),
    ):
        answer = await api.answer("GET", path)
        assert isinstance(answer, Response) and answer.headers is not None
        assert (answer.content_type, answer.headers["cache-control"]) == (kind, caching)


async def test_the_priority_levels_are_told(api: Api) -> None:
    lines = (await text_of(api, "/debug/api_priority_and_fairness/dump_priority_levels")).splitlines()
    assert lines[0].startswith("PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, Executing")
    rows = {line.split(",")[0]: [cell.strip() for cell in line.split(",")[1:]] for line in lines[1:]}
    assert list(rows) == sorted(rows) and {"catch-all", "exempt", "workload-low"} <= set(rows)
    assert rows["exempt"][:4] == ["0", "false", "false", "0"] and int(rows["exempt"][4]) >= 1  # who asks for this
    assert rows["workload-low"][1:5] == ["true", "false", "0", "0"]
    assert int(rows["exempt"][5]) > 1 and rows["exempt"][6:] == ["0", "0", "0"]
    assert "/debug/api_priority_and_fairness/dump_priority_levels" not in (await api.get("/"))["paths"]


async def test_what_stands_around_the_handler() -> None:
    async def handle(request: Request) -> Answer:
        return Response(200, b"{}", headers={"audit-id": "a"})

    answer = await with_strict_transport(handle, ["max-age=60", "includeSubDomains"])(Request("GET", "/api", {}, {}))
    assert isinstance(answer, Response)
    assert answer.headers == {"audit-id": "a", "strict-transport-security": "max-age=60; includeSubDomains"}
    ending = sending_away(handle)
    for path, agent, status in (
        ("/api", "kubectl/v1.36", 429),
        ("/api", "kube-apiserver/v1.36.0 (linux/amd64)", 200),
        ("/readyz", "", 200),
        ("/metrics", "", 200),
    ):
        sent = await ending(Request("GET", path, {}, {"user-agent": agent}))
        assert isinstance(sent, Response) and sent.status == status
    refused = await ending(Request("GET", "/api", {}, {}))
    assert isinstance(refused, Response) and refused.headers is not None
    assert refused.headers["retry-after"] == "5"
    assert refused.body == b"The apiserver is shutting down, please try again later.\n"


async def test_a_server_that_ends_says_so_and_serves_on(tmp_path: Path) -> None:
    async with running(Options(tmp_path, secure_port=-1, shutdown_delay_seconds=0.3)) as server:
        api = Api(server)
        leaving = asyncio.create_task(server._leave())
        await asyncio.sleep(0)
        status, answer = await api.call("GET", "/readyz")
        assert status == 500 and "[-]shutdown failed: reason withheld" in answer["text"]
        assert (await api.call("GET", "/livez"))[0] == 200
        assert (await api.call("GET", "/api/v1/namespaces"))[0] == 200
        await leaving
