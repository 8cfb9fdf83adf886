"""OpenAPI documents over HTTP: forms, hashes, and when a client need not get them again."""

from __future__ import annotations

import pytest

from pybernetes.api.resources import RESOURCES
from pybernetes.apiserver.http import Request, Response
from pybernetes.apiserver.openapi.documents import OpenAPI
from pybernetes.apiserver.openapi.serving import answer_v2, answer_v3

V2_BINARY = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
V2_ASKED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"


@pytest.fixture(scope="module")
def openapi() -> OpenAPI:
    return OpenAPI(one for one in RESOURCES if one.group in ("apps", "batch"))


def _ask(path: str, accept: str = "application/json", **more: str) -> Request:
    query = {"hash": more.pop("hash")} if "hash" in more else {}
    return Request("GET", path, query, {"accept": accept, **{key.replace("_", "-"): v for key, v in more.items()}})


def _headers(answer: Response) -> dict[str, str]:
    return dict(answer.headers or {})


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
        (V2_ASKED, V2_BINARY),
        (f"{V2_ASKED},application/json", V2_BINARY),
        (f"{V2_ASKED};q=0.1,application/json", "application/json"),
    ],
)
def test_version_2_comes_in_the_form_that_is_wanted(openapi: OpenAPI, accept: str, content_type: str) -> None:
    answer = answer_v2(_ask("/openapi/v2", accept), openapi)
    assert (answer.status, answer.content_type) == (200, content_type)
    assert _headers(answer)["vary"] == "Accept"


def test_version_2_in_no_form_that_is_wanted(openapi: OpenAPI) -> None:
    assert answer_v2(_ask("/openapi/v2", "text/html"), openapi).status == 406


def test_what_a_client_has_is_not_sent_again(openapi: OpenAPI) -> None:
    tag = _headers(answer_v2(_ask("/openapi/v2"), openapi))["etag"]
    for held in (tag, f'"other", W/{tag}', "*"):
        again = answer_v2(_ask("/openapi/v2", if_none_match=held), openapi)
        assert (again.status, again.body, _headers(again)["etag"]) == (304, b"", tag)
    assert answer_v2(_ask("/openapi/v2", if_none_match='"other"'), openapi).status == 200


def test_a_document_with_its_hash_may_be_kept_for_ever(openapi: OpenAPI) -> None:
    path = "/openapi/v3/apis/apps/v1"
    tag = openapi.v3_hash("apis/apps/v1")
    answer = answer_v3(_ask(path, hash=tag), openapi)
    assert answer.status == 200
    assert _headers(answer)["cache-control"] == "public, immutable"
    assert _headers(answer)["expires"].endswith("GMT")
    assert _headers(answer)["etag"] == f'"{tag}"'


def test_another_hash_leads_to_the_one_there_is(openapi: OpenAPI) -> None:
    answer = answer_v3(_ask("/openapi/v3/apis/apps/v1", hash="OLD"), openapi)
    assert (answer.status, _headers(answer)["location"]) == (301, openapi.v3_url("apis/apps/v1"))


def test_without_a_hash_nothing_is_promised(openapi: OpenAPI) -> None:
    answer = answer_v3(_ask("/openapi/v3/apis/apps/v1"), openapi)
    assert answer.status == 200
    assert "cache-control" not in _headers(answer)


def test_a_document_in_no_form_that_is_wanted(openapi: OpenAPI) -> None:
    assert answer_v3(_ask("/openapi/v3/apis/apps/v1", "text/html"), openapi).status == 406


def test_documents_that_did_not_change_keep_their_hash() -> None:
    apps = [one for one in RESOURCES if one.group == "apps"]
    openapi = OpenAPI(apps)
    before = openapi.v3("apis/apps/v1")
    openapi.show([*apps, *(one for one in RESOURCES if one.group == "batch")])
    assert openapi.v3("apis/apps/v1") is before
    assert set(openapi.v3_index()["paths"]) >= {"apis/apps", "apis/apps/v1", "apis/batch", "apis/batch/v1", "version"}
