"""Input that is made to harm: whatever it is, it is answered without a fault of ours, and so is the next client."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from pybernetes.api.protobuf.codec import MEDIA_TYPE, encode, envelope
from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api, config_map

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
JSON, YAML = "application/json", "application/yaml"
JSON_PATCH, MERGE, STRATEGIC = (
    f"application/{kind}+json" for kind in ("json-patch", "merge-patch", "strategic-merge-patch")
)
APPLY = "application/apply-patch+yaml"


def named(text: str) -> bytes:
    return f'{{"metadata":{{"name":"x"}},{text}}}'.encode()


BODIES = [
    ("an abyss of lists", JSON, b"[" * 200_000),
    ("an abyss of objects", JSON, b'{"a":' * 200_000),
    ("an abyss in an unknown field", JSON, named('"other":' + "[" * 900 + "]" * 900)),
    ("a closed abyss", JSON, named('"other":' + "[" * 20_000 + "]" * 20_000)),
    ("a huge key", JSON, named(f'"data":{{"{"k" * 1_000_000}":"v"}}')),
    ("a huge label", JSON, b'{"metadata":{"name":"x","labels":{"a":"%b"}}}' % (b"v" * 1_000_000)),
    ("many keys", JSON, named('"data":{' + ",".join(f'"k{n}":"v"' for n in range(100_000)) + "}")),
    ("many times the same key", JSON, named(",".join('"data":{}' for _ in range(100_000)))),
    ("a NUL in a name", JSON, b'{"metadata":{"name":"x\\u0000y"}}'),
    ("a bare NUL", JSON, b'{"metadata":{"name":"x\x00y"}}'),
    ("a NUL in a key", JSON, named('"data":{"a\\u0000b":"v"}')),
    ("half a surrogate pair", JSON, named('"data":{"\\udc00":"\\ud800"}')),
    ("a byte order mark", JSON, b"\xef\xbb\xbf{}"),
    ("a number without end", JSON, b'{"metadata":{"name":"x","generation":%b}}' % (b"9" * 100_000)),
    ("a number beyond all bounds", JSON, b'{"metadata":{"name":"x","generation":1e400}}'),
    ("no number", JSON, b'{"metadata":{"name":"x","generation":NaN}}'),
    ("an abyss in YAML", YAML, b"[" * 100_000),
    ("an abyss in blocks", YAML, b"\n".join(b" " * n + b"a:" for n in range(1500))),
    ("a list within itself", YAML, b"a: &a [*a]"),
    ("an object of Python", YAML, b"a: !!python/object/apply:os.system ['true']"),
    ("a set", YAML, b"metadata: {name: x}\ndata: !!set {a, b}"),
    ("a moment", YAML, b"metadata: {name: x}\ndata: {a: !!timestamp 2001-01-01}"),
    ("no number in YAML", YAML, b"metadata: {name: x}\ndata: {a: .nan}"),
    ("keys that are lists", YAML, b"? [a, b]\n: c"),
    ("two documents", YAML, b"a: 1\n---\nb: 2"),
    ("an anchor that is not there", YAML, b"a: *nothing"),
    ("a protobuf that stops", MEDIA_TYPE, encode(config_map("x", a="b"))[:-9]),
    (
        "a length beyond all bounds",
        MEDIA_TYPE,
        envelope("v1", "ConfigMap", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
    ),
    ("a varint without end", MEDIA_TYPE, envelope("v1", "ConfigMap", b"\xff" * 1000)),
    ("an abyss in protobuf", MEDIA_TYPE, envelope("v1", "ConfigMap", b"\x0a\x02" * 100_000)),
    ("text that is no UTF-8 in protobuf", MEDIA_TYPE, envelope("v1", "ConfigMap", b"\x0a\x03\x0a\x01\xff")),
]


@pytest.mark.parametrize(("what", "media", "body"), BODIES, ids=[what for what, _, _ in BODIES])
async def test_bodies(api: Api, what: str, media: str, body: bytes) -> None:
    for method, path in (("POST", CONFIG_MAPS), ("PUT", f"{CONFIG_MAPS}/x"), ("DELETE", f"{CONFIG_MAPS}/none")):
        answer = await api.answer(method, path, body, content_type=media)
        assert isinstance(answer, Response)
        assert answer.status < 500, (what, method, answer.body[:300])
    await api.create(CONFIG_MAPS, config_map("still-here"))


def doubling(steps: int) -> list[dict[str, Any]]:
    return [{"op": "copy", "from": "/data", "path": f"/data/d{number}"} for number in range(steps)]


PATCHES: list[tuple[str, str, Any]] = [
    ("copies of copies", JSON_PATCH, doubling(10_000)),
    ("an endless path", JSON_PATCH, [{"op": "add", "path": "/data" + "/a" * 100_000, "value": 1}]),
    ("a huge index", JSON_PATCH, [{"op": "add", "path": "/data/" + "9" * 10_000, "value": "x"}]),
    ("no text as a path", JSON_PATCH, [{"op": "add", "path": {"a": 1}, "value": 1}]),
    ("all of it gone", JSON_PATCH, [{"op": "remove", "path": ""}]),
    ("something else instead", JSON_PATCH, [{"op": "replace", "path": "", "value": [1]}]),
    ("metadata of another type", MERGE, {"metadata": "x"}),
    ("an abyss to merge", MERGE, b'{"a":' * 900 + b"1" + b"}" * 900),
    ("a deeper abyss", MERGE, b'{"a":' * 100_000),
    ("directives of other types", STRATEGIC, {"$patch": {"a": 1}, "metadata": {"$retainKeys": 7}}),
    (
        "an order of objects",
        STRATEGIC,
        {"metadata": {"$setElementOrder/finalizers": [{"a": 1}], "finalizers": ["a/b"]}},
    ),
    ("deletions of objects", STRATEGIC, {"metadata": {"$deleteFromPrimitiveList/finalizers": [{"a": 1}]}}),
    ("an abyss to apply", APPLY, b"[" * 50_000),
    ("a bomb to apply", APPLY, b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"),
    ("a list as metadata", APPLY, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": []}),
    ("a number as kind", APPLY, {"apiVersion": "v1", "kind": 7, "metadata": {}}),
]


@pytest.mark.parametrize(("what", "media", "patch"), PATCHES, ids=[what for what, _, _ in PATCHES])
async def test_patches(api: Api, what: str, media: str, patch: Any) -> None:
    before = await api.create(CONFIG_MAPS, config_map("x", a="1" * 100))
    query = {"fieldManager": "me"} if media == APPLY else {}
    answer = await api.answer("PATCH", f"{CONFIG_MAPS}/x", patch, content_type=media, query=query)
    assert isinstance(answer, Response)
    assert 400 <= answer.status < 500 or b'"reason"' not in answer.body, (what, answer.body[:300])
    assert b"InternalError" not in answer.body
    after = await api.get(f"{CONFIG_MAPS}/x")
    assert after["data"] == before["data"]


QUERIES = [
    {"labelSelector": "(" * 10_000},
    {"labelSelector": "a in (" + "x," * 50_000 + "x)"},
    {"fieldSelector": "\\" * 10_000},
    {"fieldSelector": "metadata.name=" + "x" * 100_000},
    {"continue": "A" * 100_000},
    {"continue": "\u0000"},
    {"limit": "9" * 5_000},
    {"resourceVersion": "9" * 5_000},
    {"resourceVersion": "\u0661"},
    {"timeoutSeconds": "-9223372036854775808"},
]


@pytest.mark.parametrize("query", QUERIES, ids=[next(iter(query)) + str(n) for n, query in enumerate(QUERIES)])
async def test_queries(api: Api, query: dict[str, str]) -> None:
    answer = await api.answer("GET", CONFIG_MAPS, query=query)
    assert isinstance(answer, Response)
    assert answer.status < 500, answer.body[:300]


HEADERS = ["a" * 50_000, ";" * 10_000, "," * 10_000, "*/*;q=nan", "application/json;q=-1", "a/b/c/d", "\u2603"]


@pytest.mark.parametrize("accept", HEADERS, ids=[str(number) for number in range(len(HEADERS))])
async def test_accept_headers(api: Api, accept: str) -> None:
    answer = await api.answer("GET", CONFIG_MAPS, accept=accept)
    assert isinstance(answer, Response)
    assert answer.status in (200, 406)
    assert orjson.loads(answer.body)["kind"] in ("ConfigMapList", "Status")
