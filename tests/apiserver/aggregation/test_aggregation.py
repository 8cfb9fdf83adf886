"""A second API server behind the first: a real HTTPS server that asks for the front proxy's certificate."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import orjson
import pytest
from aiohttp import web

from pybernetes.api.object import Json, condition_of
from pybernetes.apiserver.http import BodyStream, Response
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.ca import CertificateAuthority, create_ca
from pybernetes.apiserver.pki.certificates import issue, server_profile
from pybernetes.apiserver.pki.kubeconfig import ensure_token
from pybernetes.apiserver.server import APIServer
from tests.apiserver.conftest import Api, running

SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
GROUP = "metrics.example.com"
NAME = f"v1.{GROUP}"
RESOURCE = {"name": "lamps", "singularName": "lamp", "namespaced": True, "kind": "Lamp", "verbs": ["get", "list"]}


class Sample:
    """An aggregated API server with one resource. `seen` are the headers of what it was asked."""

    def __init__(self, ca: CertificateAuthority):
        self.ca, self.port = ca, 0
        self.seen: list[tuple[str, str, dict[str, str], str]] = []
        self.failing = False

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        secure = request.transport.get_extra_info("ssl_object") if request.transport else None
        certificate = secure.getpeercert() if secure else None
        name = dict(pair[0] for pair in certificate["subject"])["commonName"] if certificate else ""
        self.seen.append((request.method, request.path_qs, dict(request.headers), name))
        if self.failing:
            return web.Response(status=500)
        if request.path == f"/apis/{GROUP}/v1":
            body = {"kind": "APIResourceList", "groupVersion": f"{GROUP}/v1", "resources": [RESOURCE]}
            return web.json_response({"apiVersion": "v1", **body})
        if request.path == "/openapi/v3":
            url = f"/openapi/v3/apis/{GROUP}/v1?hash=ABC"
            return web.json_response({"paths": {f"apis/{GROUP}/v1": {"serverRelativeURL": url}}})
        if request.path == f"/openapi/v3/apis/{GROUP}/v1":
            return web.json_response({"openapi": "3.0.0"})
        if request.path.endswith("/stream"):
            return await self._upgraded(request)
        if "lamps" in request.path:
            return web.json_response({"kind": "LampList", "items": [], "body": (await request.read()).decode()})
        return web.json_response({"kind": "Status", "code": 404}, status=404)

    async def _upgraded(self, request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"echo {message.data}")
        return socket


@asynccontextmanager
async def sample_server(directory: Path, client_ca: bytes) -> AsyncIterator[Sample]:
    now = datetime.now(UTC)
    ca = create_ca("sample-ca", now=now)
    pair = issue(ca, server_profile("sample", dns_names=["sample.default.svc"]), now=now)
    files = directory / "sample.crt", directory / "sample.key"
    files[0].write_bytes(pair.certificate_pem)
    files[1].write_bytes(pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=client_ca.decode())
    sample = Sample(ca)
    runner = web.ServerRunner(web.Server(sample.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    sample.port = runner.addresses[0][1]
    try:
        yield sample
    finally:
        await runner.cleanup()


@pytest.fixture
async def sample(server: APIServer, tmp_path: Path) -> AsyncIterator[Sample]:
    async with sample_server(tmp_path, server.pki.front_proxy_ca.certificate_pem) as sample:
        yield sample


def api_service(sample: Sample, **more: object) -> Json:
    spec = {
        "group": GROUP,
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "service": {"namespace": "default", "name": "sample", "port": sample.port},
        "caBundle": base64.b64encode(sample.ca.certificate_pem).decode(),
        **more,
    }
    return {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": NAME}, "spec": spec}


async def has_become(api: Api, path: str, holds: Callable[[Json], object]) -> Json:
    async with asyncio.timeout(15):
        while True:
            status, value = await api.call("GET", path)
            if status == 200 and holds(value):
                return value
            await asyncio.sleep(0.01)


def available(obj: Json, reason: str) -> bool:
    return (condition_of(obj, "Available") or {}).get("reason") == reason


async def install(api: Api, sample: Sample, **more: object) -> Json:
    spec = {"type": "ExternalName", "externalName": "localhost"}
    await api.create("/api/v1/namespaces/default/services", {"metadata": {"name": "sample"}, "spec": spec})
    await api.create(SERVICES, api_service(sample, **more))
    return await has_become(api, f"{SERVICES}/{NAME}", lambda obj: available(obj, "Passed"))


async def answered(api: Api, method: str, path: str, **more: object) -> tuple[int, bytes]:
    answer = await api.answer(method, path, **more)  # type: ignore[arg-type]
    if isinstance(answer, BodyStream):
        return answer.status, b"".join([piece async for piece in answer.chunks])
    assert isinstance(answer, Response)
    return answer.status, answer.body


async def test_every_group_version_has_a_local_api_service(api: Api) -> None:
    apps = await has_become(api, f"{SERVICES}/v1.apps", lambda obj: available(obj, "Local"))
    assert apps["spec"] == {"group": "apps", "version": "v1", "groupPriorityMinimum": 17800, "versionPriority": 15}
    assert apps["metadata"]["labels"] == {"kube-aggregator.kubernetes.io/automanaged": "onstart"}
    condition = condition_of(apps, "Available") or {}
    assert (condition["status"], condition["message"]) == ("True", "Local APIServices are always available")
    core = await has_become(api, f"{SERVICES}/v1.", lambda obj: available(obj, "Local"))
    assert core["spec"] == {"version": "v1", "groupPriorityMinimum": 18000, "versionPriority": 1}
    names = [one["metadata"]["name"] for one in (await api.get(SERVICES))["items"]]
    assert "v1.apiregistration.k8s.io" not in names


async def test_custom_resources_have_one_as_long_as_they_are_defined(api: Api) -> None:
    names = {"plural": "lamps", "singular": "lamp", "kind": "Lamp", "listKind": "LampList"}
    schema = {"openAPIV3Schema": {"type": "object"}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "lamps.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": names,
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    await api.create(path, crd)
    found = await has_become(api, f"{SERVICES}/v1.example.com", lambda obj: available(obj, "Local"))
    assert (found["spec"]["groupPriorityMinimum"], found["spec"]["versionPriority"]) == (1000, 100)
    await api.ok("DELETE", f"{path}/lamps.example.com")
    async with asyncio.timeout(10):
        while (await api.call("GET", f"{SERVICES}/v1.example.com"))[0] != 404:
            await asyncio.sleep(0.01)


async def test_requests_go_to_the_other_server_as_their_user(api: Api, sample: Sample) -> None:
    await install(api, sample)
    status, body = await answered(api, "POST", f"/apis/{GROUP}/v1/namespaces/default/lamps", body=b"{}")
    assert status == 200 and orjson.loads(body) == {"kind": "LampList", "items": [], "body": "{}"}
    method, path, headers, certificate = next(one for one in sample.seen if one[0] == "POST")
    assert (method, path, certificate) == ("POST", f"/apis/{GROUP}/v1/namespaces/default/lamps", "front-proxy-client")
    assert headers["X-Remote-User"] == "admin" and headers["Host"] == f"sample.default.svc:{sample.port}"
    assert "Authorization" not in headers


async def test_nobody_passes_who_may_not(api: Api, sample: Sample) -> None:
    await install(api, sample)
    path = f"/apis/{GROUP}/v1/namespaces/default/lamps"
    status, _ = await answered(api.as_user("nobody"), "GET", path)
    assert status == 403 and path not in [seen for _, seen, _, _ in sample.seen]


async def test_its_group_is_told_of(api: Api, sample: Sample) -> None:
    await install(api, sample)
    groups = (await api.get("/apis"))["groups"]
    assert groups[0]["name"] == "apiregistration.k8s.io" and groups[-1]["name"] == GROUP
    preferred = (await api.get(f"/apis/{GROUP}"))["preferredVersion"]
    assert preferred == {"groupVersion": f"{GROUP}/v1", "version": "v1"}
    status, body = await answered(api, "GET", f"/apis/{GROUP}/v1")
    assert status == 200 and orjson.loads(body)["resources"] == [RESOURCE]
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    async with asyncio.timeout(10):
        while True:
            item = (await api.get("/apis", accept=accept))["items"][-1]
            if item["versions"][0]["freshness"] == "Current":
                break
            await asyncio.sleep(0.01)
    assert item["metadata"]["name"] == GROUP
    assert item["versions"][0]["resources"] == [
        {
            "resource": "lamps",
            "responseKind": {"group": GROUP, "version": "v1", "kind": "Lamp"},
            "scope": "Namespaced",
            "singularResource": "lamp",
            "verbs": ["get", "list"],
        }
    ]
    index = await has_become(api, "/openapi/v3", lambda value: f"apis/{GROUP}/v1" in value["paths"])
    assert index["paths"][f"apis/{GROUP}/v1"]["serverRelativeURL"] == f"/openapi/v3/apis/{GROUP}/v1?hash=ABC"
    assert (await answered(api, "GET", f"/openapi/v3/apis/{GROUP}/v1"))[1] == b'{"openapi": "3.0.0"}'


async def test_it_is_gone_with_its_api_service(api: Api, sample: Sample) -> None:
    await install(api, sample)
    await api.ok("DELETE", f"{SERVICES}/{NAME}")
    assert (await answered(api, "GET", f"/apis/{GROUP}/v1/namespaces/default/lamps"))[0] == 404
    assert GROUP not in [group["name"] for group in (await api.get("/apis"))["groups"]]


async def test_what_is_wrong_is_said_in_the_condition(api: Api, sample: Sample) -> None:
    await api.create(SERVICES, api_service(sample, service={"namespace": "default", "name": "sample", "port": 443}))
    path = f"{SERVICES}/{NAME}"

    async def says(reason: str, message: str) -> None:
        found = await has_become(api, path, lambda obj: available(obj, reason))
        assert (condition_of(found, "Available") or {})["message"] == message

    await says("ServiceNotFound", 'service/sample in "default" is not present')
    status, body = await answered(api, "GET", f"/apis/{GROUP}/v1/lamps")
    assert (status, body) == (503, b"service unavailable\n")
    services = "/api/v1/namespaces/default/services"
    await api.create(services, {"metadata": {"name": "sample"}, "spec": {"ports": [{"port": 80}]}})
    await says("ServicePortError", 'service/sample in "default" is not listening on port 443')
    change = {"spec": {"ports": [{"port": 443, "name": "https"}]}}
    await api.ok("PATCH", f"{services}/sample", change, content_type="application/merge-patch+json")
    await says("EndpointsNotFound", 'cannot find endpointslices for service/sample in "default"')
    slices = {
        "metadata": {"name": "sample", "labels": {"kubernetes.io/service-name": "sample"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["192.0.2.1"], "conditions": {"ready": False}}],
        "ports": [{"name": "https", "port": 1}],
    }
    await api.create("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slices)
    await says(
        "MissingEndpoints",
        'endpointslices for service/sample in "default" have no addresses with port name "https"',
    )


async def test_a_server_that_fails_is_not_available(api: Api, sample: Sample) -> None:
    sample.failing = True
    spec = {"type": "ExternalName", "externalName": "localhost"}
    await api.create("/api/v1/namespaces/default/services", {"metadata": {"name": "sample"}, "spec": spec})
    await api.create(SERVICES, api_service(sample))
    found = await has_become(api, f"{SERVICES}/{NAME}", lambda obj: available(obj, "FailedDiscoveryCheck"))
    url = f"https://localhost:{sample.port}/apis/{GROUP}/v1"
    assert (condition_of(found, "Available") or {})["message"] == (
        f"failing or missing response from {url}: bad status from {url}: 500"
    )
    sample.failing = False
    await has_become(api, f"{SERVICES}/{NAME}", lambda obj: available(obj, "Passed"))


async def test_a_certificate_that_nobody_vouches_for_is_refused(api: Api, sample: Sample) -> None:
    other = create_ca("other", now=datetime.now(UTC)).certificate_pem
    await install(api, sample, caBundle=base64.b64encode(other).decode())
    status, body = await answered(api, "GET", f"/apis/{GROUP}/v1/namespaces/default/lamps")
    assert status == 503 and body.startswith(b"error trying to reach service: ")


async def test_a_stream_is_passed_on(tmp_path: Path) -> None:
    async with running(Options(tmp_path, bind_address="127.0.0.1", secure_port=0)) as server:
        api = Api(server)
        async with sample_server(tmp_path, server.pki.front_proxy_ca.certificate_pem) as sample:
            await install(api, sample)
            context = ssl.create_default_context(cadata=server.pki.ca.certificate_pem.decode())
            token = ensure_token(tmp_path / "pki" / "tokens.csv")
            url = f"{server.url}/apis/{GROUP}/v1/namespaces/default/lamps/a/stream"
            headers = {"Authorization": f"Bearer {token}", "X-Remote-User": "somebody else"}
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(url, ssl=context, headers=headers) as socket,
            ):
                await socket.send_str("hello")
                assert (await socket.receive_str()) == "echo hello"
            (seen,) = (headers for _, path, headers, _ in sample.seen if path.endswith("/stream"))
            assert seen["X-Remote-User"] == "kubernetes-admin" and "Authorization" not in seen
