"""The metrics and the health of a server, under the names that dashboards and probes know."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pybernetes.apiserver.http import Response
from pybernetes.apiserver.metrics import RequestMetrics
from pybernetes.apiserver.paths import parse_path
from tests.apiserver.conftest import Api, config_map


def samples(metrics: RequestMetrics) -> dict[str, dict[tuple[str, ...], float]]:
    """The value of each sample: by its name, then by verb, resource, scope and code or bucket."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in metrics.collect():
        for sample in family.samples:
            labels = sample.labels
            if "verb" not in labels:
                found.setdefault(sample.name, {})[tuple(labels.values())] = sample.value
                continue
            key = (labels["verb"], labels["resource"], labels["scope"], labels.get("code") or labels.get("le") or "")
            found.setdefault(sample.name, {})[key] = sample.value
    return found


def test_requests_are_counted_by_what_they_ask_for() -> None:
    metrics = RequestMetrics()
    pod = parse_path("/api/v1/namespaces/shop/pods/web")
    for seconds, code, size in ((0.001, 200, 500), (0.03, 200, 50_000), (100.0, 404, 100)):
        metrics.count("get", pod, Response(code, b"x" * size), seconds)
    metrics.count("create", parse_path("/api/v1/namespaces/shop/pods"), Response(201, b""), 0.01)
    found = samples(metrics)
    assert found["apiserver_request_total"] == {
        ("GET", "pods", "resource", "200"): 2,
        ("GET", "pods", "resource", "404"): 1,
        ("POST", "pods", "namespace", "201"): 1,
    }
    buckets = found["apiserver_request_duration_seconds_bucket"]
    got = [buckets[("GET", "pods", "resource", limit)] for limit in ("0.005", "0.025", "0.05", "60", "+Inf")]
    assert got == [1, 1, 2, 2, 3]
    own = found["apiserver_request_sli_duration_seconds_bucket"]
    assert [own[("GET", "pods", "resource", limit)] for limit in ("0.05", "60", "+Inf")] == [2, 2, 3]
    assert ("GET", "pods", "resource", "0.025") not in own
    sizes = found["apiserver_response_sizes_bucket"]
    assert [sizes[("GET", "pods", "resource", limit)] for limit in ("1000", "10000", "100000")] == [2, 2, 3]
    assert found["apiserver_response_sizes_sum"][("GET", "pods", "resource", "")] == 50_600


def test_dry_runs_and_tries_to_authenticate_are_told_apart() -> None:
    metrics = RequestMetrics()
    pods = parse_path("/api/v1/namespaces/shop/pods")
    for code, dry_run in ((201, ""), (201, "All"), (401, "")):
        metrics.count("create", pods, Response(code, b""), 0.01, dry_run)
    metrics.count("watch", pods, Response(200, b""), 0.01)
    metrics.count("list", parse_path("/api/v1/endpoints"), Response(200, b""), 0.01)
    totals = next(family for family in metrics.collect() if family.name == "apiserver_request")
    counted = {(s.labels["code"], s.labels["dry_run"]): s.value for s in totals.samples if s.labels["verb"] == "POST"}
    assert counted == {("201", ""): 1, ("201", "All"): 1, ("401", ""): 1}
    found = samples(metrics)
    assert found["authentication_attempts"] == {("success",): 4, ("failure",): 1}
    assert found["apiserver_requested_deprecated_apis"] == {("", "v1", "endpoints", "", ""): 1}
    assert not any(key[0] == "WATCH" for key in found["apiserver_request_sli_duration_seconds_bucket"])


def test_names_that_nobody_has_are_not_kept() -> None:
    metrics = RequestMetrics()
    for number in range(1000):
        metrics.count("get", parse_path(f"/apis/g{number}/v1/things/x"), Response(404, b""), 0.001)
    assert samples(metrics)["apiserver_request_total"] == {("GET", "", "", "404"): 1000}


async def test_the_server_tells_how_much_it_holds(api: Api) -> None:
    await api.create("/api/v1/namespaces/default/configmaps", config_map("a"))
    async with api.watch("/api/v1/configmaps") as watched:
        await watched.next()
        answer = await api.answer("GET", "/metrics")
    assert isinstance(answer, Response)
    families = {family.name: family for family in text_string_to_metric_families(answer.body.decode())}
    objects = {sample.labels["resource"]: sample.value for sample in families["apiserver_storage_objects"].samples}
    assert objects["configmaps"] >= 1 and objects["deployments.apps"] == 0
    watching = [
        sample.labels["resource"] for sample in families["apiserver_longrunning_requests"].samples if sample.value == 1
    ]
    assert "configmaps" in watching
    (build,) = families["kubernetes_build_info"].samples
    assert (build.labels["major"], build.labels["git_version"][:6]) == ("1", "v1.36.")
    assert "apiserver_request_duration_seconds" in families
    assert not [name for name in families if name.endswith("_created")]
    (size,) = families["apiserver_storage_size_bytes"].samples
    assert size.labels == {"storage_cluster_id": "sqlite"} and size.value > 4096


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
async def test_the_checks_have_kubernetes_names(api: Api, path: str) -> None:
    answer = await api.answer("GET", path, query={"verbose": ""})
    assert isinstance(answer, Response)
    lines = answer.body.decode().splitlines()
    assert lines[0] == "[+]ping ok"
    assert lines[-1] == f"{path[1:]} check passed"
    assert "[+]poststarthook/rbac/bootstrap-roles ok" in lines
    assert ("[+]shutdown ok" in lines) is (path == "/readyz")
    one = await api.answer("GET", f"{path}/poststarthook/rbac/bootstrap-roles")
    assert isinstance(one, Response) and (one.status, one.body) == (200, b"ok")
