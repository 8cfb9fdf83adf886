"""Discovery: both forms list exactly what is served, and what they list is served."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pybernetes.api.object import Json
from pybernetes.api.resources import RESOURCES, Resource
from pybernetes.apiserver.discovery import Discovery
from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api
from tests.apiserver.minimal_objects import minimal_object, name_for

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
MERGE = "application/merge-patch+json"

# (group version, plural, kind, namespaced, verbs, subresources)
Row = tuple[str, str, str, bool, tuple[str, ...], tuple[str, ...]]


def _rows(resources: Iterable[Resource]) -> set[Row]:
    return {
        (one.api_version, one.plural, one.kind, one.namespaced, tuple(one.verbs), one.subresources) for one in resources
    }


async def _legacy(api: Api) -> list[tuple[str, Json]]:
    """(group version, entry) of every resource and subresource in the documents of the group versions."""
    versions = (await api.get("/api"))["versions"]
    paths = [f"/api/{version}" for version in versions]
    for group in (await api.get("/apis"))["groups"]:
        assert await api.get(f"/apis/{group['name']}") == {"kind": "APIGroup", "apiVersion": "v1", **group}
        assert group["preferredVersion"] in group["versions"]
        paths += [f"/apis/{version['groupVersion']}" for version in group["versions"]]
    found = []
    for path in paths:
        document = await api.get(path)
        assert document["groupVersion"] == path.split("/", 2)[2]
        found += [(document["groupVersion"], entry) for entry in document["resources"]]
    return found


async def test_the_documents_of_group_versions(api: Api) -> None:
    entries = await _legacy(api)
    subresources: dict[tuple[str, str], list[str]] = {}
    for version, entry in entries:
        plural, _, subresource = entry["name"].partition("/")
        if subresource:
            assert entry["singularName"] == "" and entry["verbs"]
            subresources.setdefault((version, plural), []).append(subresource)
    rows = [
        (
            version,
            entry["name"],
            entry["kind"],
            entry["namespaced"],
            tuple(entry["verbs"]),
            tuple(subresources.get((version, entry["name"]), ())),
        )
        for version, entry in entries
        if "/" not in entry["name"]
    ]
    assert len(rows) == len(set(rows))
    assert set(rows) == _rows(RESOURCES)


async def test_the_aggregated_documents(api: Api) -> None:
    rows: list[Row] = []
    for path in ("/api", "/apis"):
        answer = await api.answer("GET", path, accept=AGGREGATED)
        assert isinstance(answer, Response)
        assert answer.content_type == AGGREGATED
        for group in (await api.get(path, accept=AGGREGATED))["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                rows += [_aggregated_row(name, version["version"], entry) for entry in version["resources"]]
    assert len(rows) == len(set(rows))
    assert set(rows) == _rows(RESOURCES)


def _aggregated_row(group: str, version: str, entry: Json) -> Row:
    kind = entry["responseKind"]
    assert (kind["group"], kind["version"]) == ("", "")
    api_version = f"{group}/{version}" if group else version
    subresources = tuple(one["subresource"] for one in entry.get("subresources", ()))
    namespaced = entry["scope"] == "Namespaced"
    return (api_version, entry["resource"], kind["kind"], namespaced, tuple(entry["verbs"]), subresources)


async def test_names_that_clients_go_by_are_told_apart(api: Api) -> None:
    names: dict[str, str] = {}
    for _, entry in await _legacy(api):
        if "/" in entry["name"]:
            continue
        for name in {entry["name"], entry["singularName"], *entry.get("shortNames", ())}:
            assert names.setdefault(name, entry["name"]) == entry["name"]


_METHODS = {"get": "GET", "update": "PUT", "patch": "PATCH", "create": "POST"}
_SENT = {
    "approval": {},
    "binding": {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "x1"}, "target": {"name": "n1"}},
    "eviction": {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "x1"}},
    "token": {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
}
_STREAMED = ("attach", "exec", "log", "portforward", "proxy")  # they need a node that answers


async def _subresource_verbs(api: Api) -> list[tuple[Resource, str, str]]:
    by_name = {(one.api_version, one.plural): one for one in RESOURCES}
    found = []
    for version, entry in await _legacy(api):
        plural, _, subresource = entry["name"].partition("/")
        if subresource and subresource not in _STREAMED:
            found += [(by_name[version, plural], subresource, verb) for verb in entry["verbs"]]
    return found


async def test_every_verb_of_every_subresource_is_served(api: Api) -> None:
    """Whatever the answer to so little a request is, it is neither "no such path" nor "no such method"."""
    for resource, subresource, verb in await _subresource_verbs(api):
        namespace = "default" if resource.namespaced else ""
        made = minimal_object(resource)
        path = resource.path(namespace, name_for(resource))
        assert (await api.call("POST", resource.path(namespace), made))[0] in (201, 409)
        body = _SENT.get(subresource, made) if verb != "get" else None
        content_type = MERGE if verb == "patch" else "application/json"
        status, answer = await api.call(_METHODS[verb], f"{path}/{subresource}", body, content_type=content_type)
        asked = f"{verb} {resource.qualified_name}/{subresource}"
        assert status not in (404, 405, 500), (asked, answer)


@pytest.mark.parametrize("path", ["/api/v2", "/apis/apps/v2", "/apis/apps/v1/nonsense"])
async def test_what_is_not_served(api: Api, path: str) -> None:
    status, answer = await api.call("GET", path)
    assert (status, answer["reason"]) == (404, "NotFound")


def test_clients_are_told_where_the_server_is() -> None:
    discovery = Discovery(())
    assert b'"serverAddress":""' in (discovery.document("/api") or b"")
    discovery.reached_at("10.0.0.1:6443")
    assert b'"serverAddress":"10.0.0.1:6443"' in (discovery.document("/api") or b"")


async def test_documents_are_not_sent_twice(api: Api) -> None:
    answer = await api.answer("GET", "/apis", accept=AGGREGATED)
    assert isinstance(answer, Response)
    assert (answer.headers or {})["etag"].startswith('"')
