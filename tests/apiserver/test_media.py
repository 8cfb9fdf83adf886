"""What is negotiated: media types, forms, indentation, compression, and what every answer carries."""

from __future__ import annotations

import gzip

import pytest
import yaml

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.apiserver.http import Request, Response
from pybernetes.apiserver.rest.negotiation import Form, Wanted, negotiate, negotiate_status
from tests.apiserver.conftest import Api, config_map
from tests.apiserver.customresources.definitions import WIDGETS, crd, established, version

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PROTOBUF = "application/vnd.kubernetes.protobuf"
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
STREAMS = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
ROUTED = f"406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, {PROTOBUF}"

WANTED = [
    ("", Wanted()),
    ("*/*", Wanted()),
    ("text/html, */*;q=0.1", Wanted()),
    ("application/yaml", Wanted("application/yaml")),
    ("application/json;q=0.5, application/yaml;q=0.9", Wanted("application/yaml")),
    (f"{PROTOBUF},application/json", Wanted(PROTOBUF)),
    ("*/*, application/yaml", Wanted("application/yaml")),
    (f"{TABLE},application/json", Wanted(form=Form.TABLE)),
    (f"{TABLE.replace('v1', 'v1beta1')}", Wanted(form=Form.TABLE, meta_version="meta.k8s.io/v1beta1")),
    (f"{TABLE.replace('v1', 'v2')},application/json", Wanted()),
    (f"{PROTOBUF};as=Table;g=meta.k8s.io;v=v1,application/json", Wanted()),
    ("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", Wanted(form=Form.PARTIAL)),
    ("application/json;pretty=1", Wanted(pretty=True)),
    ("application/json;charset=utf-8", Wanted()),
]


@pytest.mark.parametrize(("accept", "wanted"), WANTED)
def test_what_a_header_means(accept: str, wanted: Wanted) -> None:
    assert negotiate(accept, routed=True) == wanted


UNACCEPTABLE = [
    ("text/html", {}, ROUTED),
    ("application/cbor", {}, ROUTED),
    ("application/*", {}, ROUTED),
    ("text/html", {"collection": True}, f"{ROUTED}, {STREAMS}"),
    ("application/json;as=Nothing;g=meta.k8s.io;v=v1", {}, None),
    ("application/json;as=Table", {}, None),
    ("application/json;stream=tail", {}, None),
    ("application/yaml", {"stream": True}, f"only the following media types are accepted: {STREAMS}"),
]


@pytest.mark.parametrize(("accept", "where", "message"), UNACCEPTABLE)
def test_what_cannot_be_had(accept: str, where: dict[str, bool], message: str | None) -> None:
    with pytest.raises(APIError) as raised:
        negotiate(accept, routed=True, **where)
    expected = message or f"only the following media types are accepted: application/json, application/yaml, {PROTOBUF}"
    assert (raised.value.code, raised.value.reason, raised.value.message) == (406, "NotAcceptable", expected)


def test_custom_resources_have_no_router_and_no_objects_in_protobuf() -> None:
    assert negotiate("application/*", routed=False) == Wanted()
    with pytest.raises(APIError) as raised:
        negotiate(PROTOBUF, routed=False)
    assert raised.value.message.startswith("only the following media types are accepted: ")
    partial = f"{PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    assert negotiate(partial, routed=False) == Wanted(PROTOBUF, Form.PARTIAL)


def test_an_error_is_sent_in_what_the_client_reads() -> None:
    assert negotiate_status(PROTOBUF).media == PROTOBUF
    assert negotiate_status(f"{TABLE},application/yaml").media == "application/yaml"
    assert negotiate_status("text/html") == Wanted(pretty=True)


async def test_a_patch_that_the_router_does_not_know(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    status, answer = await api.call("PATCH", f"{CONFIG_MAPS}/x", {})
    assert (status, answer["message"], answer["details"]) == (415, "415: Unsupported Media Type", {})
    await established(api, crd(version()))
    status, answer = await api.call("PATCH", f"{WIDGETS}/x", {})
    assert (status, answer["message"]) == (
        415,
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    )


async def test_a_body_of_another_media_type(api: Api) -> None:
    status, answer = await api.call("POST", CONFIG_MAPS, b"x", content_type="application/cbor")
    assert (status, answer["message"]) == (
        415,
        "the body of the request was in an unknown format - accepted media types include: "
        f"application/json, application/yaml, {PROTOBUF}",
    )


async def test_yaml_in_and_out(api: Api) -> None:
    body = b"metadata: {name: x}\ndata:\n  text: |\n    two\n    lines\n  number: '1'\n"
    answer = await api.answer("POST", CONFIG_MAPS, body, content_type="application/yaml", accept="application/yaml")
    assert isinstance(answer, Response)
    assert (answer.status, answer.content_type) == (201, "application/yaml")
    assert b"  text: |\n    two\n    lines\n" in answer.body
    assert yaml.safe_load(answer.body)["data"] == {"text": "two\nlines\n", "number": "1"}
    missing = await api.answer("GET", f"{CONFIG_MAPS}/none", accept="application/yaml")
    assert isinstance(missing, Response)
    assert yaml.safe_load(missing.body)["reason"] == "NotFound"


async def asked(api: Api, path: str, headers: dict[str, str], query: dict[str, str] | None = None) -> Response:
    answer = await api.server.handler.handle(Request("GET", path, query or {}, headers, user=api.user))
    assert isinstance(answer, Response)
    return answer


INDENTED = [
    ({}, {}, False),
    ({"user-agent": "kubectl/v1.36.0"}, {}, False),
    ({"user-agent": "curl/8"}, {}, True),
    ({"user-agent": "Mozilla/5.0 (X11)"}, {}, True),
    ({"user-agent": "Wget/1"}, {}, True),
    ({"user-agent": "curl/8"}, {"pretty": "false"}, False),
    ({}, {"pretty": "true"}, True),
    ({}, {"pretty": "1"}, True),
    ({}, {"pretty": "yes"}, False),
    ({"accept": "application/json;pretty=1"}, {}, True),
]


@pytest.mark.parametrize(("headers", "query", "indented"), INDENTED)
async def test_who_gets_indented_json(api: Api, headers: dict[str, str], query: dict[str, str], indented: bool) -> None:
    for path in ("/api/v1/namespaces/default", f"{CONFIG_MAPS}/none"):
        assert (await asked(api, path, headers, query)).body.startswith(b"{\n  ") is indented


async def test_large_answers_are_compressed_for_who_reads_that(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("small", a="b"))
    await api.create(CONFIG_MAPS, config_map("large", a="x" * 200_000))
    accepting = {"accept-encoding": "br, gzip"}
    packed = await asked(api, f"{CONFIG_MAPS}/large", accepting)
    headers = dict(packed.headers or {})
    assert (headers["content-encoding"], headers["vary"]) == ("gzip", "Accept-Encoding")
    plain = await asked(api, f"{CONFIG_MAPS}/large", {})
    assert gzip.decompress(packed.body) == plain.body
    for path, given in ((f"{CONFIG_MAPS}/small", accepting), (f"{CONFIG_MAPS}/large", {"accept-encoding": "br"})):
        assert "content-encoding" not in ((await asked(api, path, given)).headers or {})


async def test_what_every_answer_carries(api: Api) -> None:
    for path in (CONFIG_MAPS, f"{CONFIG_MAPS}/none", "/version", "/nothing"):
        headers = dict((await asked(api, path, {})).headers or {})
        assert headers["cache-control"] == "no-cache, private"
        assert len(headers["audit-id"]) == 36
        assert headers["audit-id"][14] == "4"
    assert dict((await asked(api, CONFIG_MAPS, {"audit-id": "mine"})).headers or {})["audit-id"] == "mine"


FORMS = [
    (CONFIG_MAPS, "PartialObjectMetadata", "is a list (*core.ConfigMapList)"),
    (f"{CONFIG_MAPS}/x", "PartialObjectMetadataList", "is not a list (*core.ConfigMap)"),
]


@pytest.mark.parametrize(("path", "form", "message"), FORMS)
async def test_forms_that_an_answer_cannot_have(api: Api, path: str, form: str, message: str) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    status, answer = await api.call("GET", path, accept=f"application/json;as={form};g=meta.k8s.io;v=v1")
    assert (status, answer["message"]) == (406, f"you requested {form}, but the requested object {message}")


async def test_what_a_row_holds(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))

    async def held(include: str) -> Json:
        query = {"includeObject": include}
        shown = await api.get(f"{CONFIG_MAPS}/x", accept=TABLE, query=query)
        found: Json = shown["rows"][0]["object"]
        return found

    assert (await held("Object"))["kind"] == "ConfigMap"
    assert (await held("Metadata"))["kind"] == (await held(""))["kind"] == "PartialObjectMetadata"
    assert await held("None") is None
    status, answer = await api.call("GET", CONFIG_MAPS, accept=TABLE, query={"includeObject": "All"})
    assert (status, answer["message"]) == (
        400,
        'Unable to convert to Table as requested: includeObject: Invalid value: "All": '
        "must be 'Metadata', 'Object', 'None', or empty",
    )


METHODS = [
    ("HEAD", CONFIG_MAPS, 405),
    ("HEAD", f"{CONFIG_MAPS}/x", 405),
    ("OPTIONS", CONFIG_MAPS, 405),
    ("PUT", CONFIG_MAPS, 405),
    ("POST", f"{CONFIG_MAPS}/x", 405),
    ("POST", "/api/v1/configmaps", 405),
    ("DELETE", "/api/v1/configmaps", 405),
    ("GET", "/api/v1/configmaps/x", 404),
    ("GET", "/api/v1/namespaces/default/nodes", 404),
    ("DELETE", "/api/v1/nodes/x/status", 405),
    ("GET", "/api/v1/nodes/x/nothing", 404),
    ("GET", f"{CONFIG_MAPS}/", 200),
    ("POST", "/api/v1/watch/configmaps", 405),
]


@pytest.mark.parametrize(("method", "path", "code"), METHODS)
async def test_which_methods_a_path_has(api: Api, method: str, path: str, code: int) -> None:
    status, answer = await api.call(method, path, config_map("x"), content_type="application/json")
    assert status == code
    if code == 405:
        assert answer["message"] == "the server does not allow this method on the requested resource"
    if code == 404:
        assert answer["message"] == "the server could not find the requested resource"
    if code > 400:
        assert answer["details"] == {}


async def test_a_get_of_one_object_is_no_watch(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, config_map("x"))
    assert await api.get(f"{CONFIG_MAPS}/x", query={"watch": "true"}) == made


ENDINGS = [
    ("/api/v1/namespaces/default", {}, b"}\n"),
    (CONFIG_MAPS, {}, b"]}\n"),
    (CONFIG_MAPS, {"accept": TABLE}, b"]}\n"),
    (f"{CONFIG_MAPS}/none", {}, b"}\n"),
    ("/apis/apps/v1/namespaces/default/deployments/none/scale", {}, b"}\n"),
    ("/apis", {}, b"]}\n"),
    ("/api/v1/namespaces/default", {"user-agent": "curl/8"}, b"\n}"),
    ("/version", {}, b"\n}"),
    ("/", {}, b"\n}"),
    ("/openapi/v3", {"user-agent": "curl/8"}, b'"}}}'),
]


@pytest.mark.parametrize(("path", "headers", "end"), ENDINGS)
async def test_how_answers_end(api: Api, path: str, headers: dict[str, str], end: bytes) -> None:
    """Go's encoder ends its line; what is indented, or written without an encoder, ends where the value does."""
    body = (await asked(api, path, headers)).body
    assert body.endswith(end)
    assert body.startswith(b"{\n  ") is end.startswith(b"\n")


REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
REVIEW: Json = {"spec": {"resourceAttributes": {"verb": "get"}}}


async def test_a_scale_as_a_table(api: Api) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"replicas": 3, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    made = await api.create(DEPLOYMENTS, {"metadata": {"name": "d"}, "spec": spec})
    table = await api.get(f"{DEPLOYMENTS}/d/scale", accept=TABLE)
    columns = [(column["name"], column["type"], column["format"]) for column in table["columnDefinitions"]]
    assert columns == [
        ("Name", "string", ""), ("Desired", "integer", ""), ("Available", "integer", ""), ("Age", "string", "")
    ]  # fmt: skip
    assert table["rows"][0]["cells"] == ["d", 3, 0, table["rows"][0]["cells"][3]]
    assert table["rows"][0]["object"]["metadata"]["uid"] == made["metadata"]["uid"]
    partial = await api.get(f"{DEPLOYMENTS}/d/scale", accept=TABLE.replace("Table", "PartialObjectMetadata"))
    assert (partial["kind"], partial["metadata"]["name"]) == ("PartialObjectMetadata", "d")


async def test_what_cannot_be_printed_is_sent_as_it_is_or_not_at_all(api: Api) -> None:
    token = "/api/v1/namespaces/default/serviceaccounts/default/token"
    for path, body in ((REVIEWS, REVIEW), (token, {"spec": {}})):
        assert (await api.call("POST", path, body, accept=TABLE))[0] == 406
        assert (await api.create(path, body, accept=f"{TABLE},application/json"))["kind"] != "Table"
    partial = TABLE.replace("Table", "PartialObjectMetadata")
    assert (await api.create(REVIEWS, REVIEW, accept=partial))["kind"] == "PartialObjectMetadata"


async def test_who_asks_for_a_token_owns_what_it_asks_for(api: Api) -> None:
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    token = await api.create(path, {"spec": {"audiences": ["x"]}}, query={"fieldManager": "me"})
    (entry,) = token["metadata"]["managedFields"]
    assert entry.pop("time")
    assert entry == {
        "manager": "me", "operation": "Update", "apiVersion": "authentication.k8s.io/v1", "subresource": "token",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:audiences": {}, "f:expirationSeconds": {}}},
    }  # fmt: skip


async def test_a_status_is_never_a_table(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("a"))
    assert (await api.ok("DELETE", f"{CONFIG_MAPS}/a", accept=TABLE))["kind"] == "Status"


async def test_text_is_escaped_as_go_does_it(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("a", k="<b> & \u2028"))
    spelled = b'"k":"\\u003cb\\u003e \\u0026 \\u2028"'
    included = {"includeObject": "Object"}
    for path, accept in ((f"{CONFIG_MAPS}/a", ""), (CONFIG_MAPS, ""), (CONFIG_MAPS, TABLE)):
        answer = await api.answer("GET", path, query=included, accept=accept)
        assert isinstance(answer, Response)
        assert spelled in answer.body
    named = {"metadata": {"name": "b", "annotations": {"x": "<"}}}
    answer = await api.answer("POST", CONFIG_MAPS, named, accept=TABLE)
    assert isinstance(answer, Response)
    assert b'"annotations":{"x":"\\u003c"}' in answer.body
    refused = await api.answer("GET", f"{CONFIG_MAPS}/<")
    assert isinstance(refused, Response)
    assert b'configmaps \\"\\u003c\\" not found' in refused.body
    async with api.watch(CONFIG_MAPS) as watched:
        assert (await watched.next())["object"]["data"] == {"k": "<b> & \u2028"}
