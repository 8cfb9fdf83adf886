"""Requests in protobuf, as client-go sends them, and answers in it to who reads nothing else."""

from __future__ import annotations

import asyncio

import pytest

from pybernetes.api.protobuf.codec import MEDIA_TYPE, decode, encode, envelope
from pybernetes.apiserver.http import Response, StreamResponse
from tests.apiserver.conftest import Api, Watched, config_map, pod

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
CLIENT_GO = "application/vnd.kubernetes.protobuf,application/json"


async def test_an_object_in_protobuf_is_stored_as_from_json(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, encode(config_map("x", a="b")), content_type=MEDIA_TYPE, accept=CLIENT_GO)
    assert (made["kind"], made["data"]) == ("ConfigMap", {"a": "b"})
    made["data"] = {"a": "c"}
    changed = await api.ok("PUT", f"{CONFIG_MAPS}/x", encode(made), content_type=MEDIA_TYPE, accept=CLIENT_GO)
    assert changed["data"] == {"a": "c"}
    assert changed["metadata"]["uid"] == made["metadata"]["uid"]
    assert changed["metadata"]["creationTimestamp"] == made["metadata"]["creationTimestamp"]


async def test_a_pod_gets_the_same_defaults(api: Api) -> None:
    by_json = await api.create(PODS, pod("j"))
    by_protobuf = await api.create(PODS, encode(pod("p")), content_type=MEDIA_TYPE)
    for made in (by_json, by_protobuf):
        made["spec"]["volumes"] = made["spec"]["containers"][0]["volumeMounts"] = None  # the token's name is random
    assert by_protobuf["spec"] == by_json["spec"]
    assert by_protobuf["status"] == by_json["status"]


async def test_delete_options(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "another"}}
    status, answer = await api.call("DELETE", f"{CONFIG_MAPS}/x", encode(options), content_type=MEDIA_TYPE)
    assert (status, answer["reason"]) == (409, "Conflict")
    await api.ok("DELETE", f"{CONFIG_MAPS}/x", encode({**options, "preconditions": {}}), content_type=MEDIA_TYPE)


async def test_scale_token_eviction_and_review(api: Api) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    path = "/apis/apps/v1/namespaces/default/deployments"
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}
    await api.create(path, encode(body), content_type=MEDIA_TYPE)
    scale = await api.get(f"{path}/d/scale")
    scale["spec"] = {"replicas": 4}
    scaled = await api.ok("PUT", f"{path}/d/scale", encode(scale), content_type=MEDIA_TYPE)
    assert scaled["spec"] == {"replicas": 4}

    token = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
    tokens = "/api/v1/namespaces/default/serviceaccounts/default/token"
    assert (await api.create(tokens, encode(token), content_type=MEDIA_TYPE))["status"]["token"]

    await api.create(PODS, pod("p"))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p", "namespace": "default"}}
    await api.create(f"{PODS}/p/eviction", encode(eviction), content_type=MEDIA_TYPE)

    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    review["spec"] = {"resourceAttributes": {"verb": "get", "resource": "pods"}}
    reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    assert (await api.create(reviews, encode(review), content_type=MEDIA_TYPE))["status"]["allowed"] is True


REFUSED = [
    (b"{}", 400, "does not appear to be a protobuf message"),
    (envelope("v1", "ConfigMap", b"\x0a\x7f"), 400, "unexpected EOF"),
    (envelope("v1", "Nothing", b""), 400, 'no kind "Nothing" is registered for version "v1"'),
    (envelope("v1", "Secret", b""), 400, "converting (v1.Secret) to (core.ConfigMap): unknown conversion"),
    (envelope("example.com/v1", "Custom", b""), 415, "accepted media types include"),
]


@pytest.mark.parametrize(("body", "code", "message"), REFUSED)
async def test_what_is_refused(api: Api, body: bytes, code: int, message: str) -> None:
    status, answer = await api.call("POST", CONFIG_MAPS, body, content_type=MEDIA_TYPE)
    assert status == code
    assert message in answer["message"]


async def test_answers_in_protobuf_to_who_would_rather_have_it(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x", a="b"))
    for accept, media in ((CLIENT_GO, MEDIA_TYPE), (f"{MEDIA_TYPE};q=0.5,application/json", "application/json")):
        answer = await api.answer("GET", f"{CONFIG_MAPS}/x", accept=accept)
        assert isinstance(answer, Response)
        assert answer.content_type == media
    for path, kind in ((f"{CONFIG_MAPS}/x", "ConfigMap"), (CONFIG_MAPS, "ConfigMapList"), (f"{PODS}/none", "Status")):
        answer = await api.answer("GET", path, accept=MEDIA_TYPE)
        assert isinstance(answer, Response)
        assert answer.content_type == MEDIA_TYPE
        assert decode(answer.body)["kind"] == kind
    partial = await api.answer(
        "GET", CONFIG_MAPS, accept=f"{MEDIA_TYPE};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    )
    assert isinstance(partial, Response)
    assert [item["metadata"]["name"] for item in decode(partial.body)["items"]] == ["x"]


class Frames(Watched):
    def __init__(self) -> None:
        super().__init__()
        self.data = b""
        self.some = asyncio.Event()

    def write(self, data: bytes) -> None:
        self.data += data
        self.some.set()


async def test_a_watch_in_protobuf(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    answer = await api.answer("GET", CONFIG_MAPS, query={"watch": "true"}, accept=f"{MEDIA_TYPE};stream=watch")
    assert isinstance(answer, StreamResponse)
    assert answer.content_type == f"{MEDIA_TYPE};stream=watch"
    frames = Frames()
    task = asyncio.create_task(answer.run(frames))
    async with asyncio.timeout(5):
        await frames.some.wait()
    frames.gone.set()
    await task
    length = int.from_bytes(frames.data[:4], "big")
    frame = frames.data[4 : 4 + length]
    assert frame.startswith(b"\x0a\x05ADDED"), "the event itself, in no envelope"
    assert decode(frame[frame.index(b"k8s\x00") :])["metadata"]["name"] == "x"
