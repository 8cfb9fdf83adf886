"""A Table made of kept rows is the Table made of the objects, at every moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import RESOURCES, Resource, resource
from pybernetes.apiserver.cache.entry import encode
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.rest.forms import EventEncoder, columns_of, table_row
from pybernetes.apiserver.rest.negotiation import Form, Wanted
from pybernetes.apiserver.rest.table_rows import Moment, partial_pieces, row_pieces

NOW = datetime(2030, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
VERSION = "meta.k8s.io/v1"


def cache_of(name: str, *objects: Json) -> ResourceCache:
    found = resource(name)
    cache = ResourceCache(found, definition_of(found))
    for revision, obj in enumerate(objects, 1):
        metadata = obj["metadata"]
        key = f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]
        cache.load(key, encode({"apiVersion": found.api_version, "kind": found.kind, **obj}), revision)
    return cache


def pod(name: str, created: datetime | None = NOW, **status: Any) -> Json:
    metadata: Json = {"name": name, "namespace": "default", "annotations": {"ü": '"}],é\\'}}
    if created is not None:
        metadata["creationTimestamp"] = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"metadata": metadata, "spec": {"containers": [{"name": "main"}], "nodeName": "n1"}, "status": status}


def restarted(at: datetime) -> Json:
    last = {"terminated": {"exitCode": 1, "finishedAt": at.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    status = {"name": "main", "restartCount": 3, "ready": True, "state": {"running": {}}, "lastState": last}
    return pod("restarted", at, phase="Running", containerStatuses=[status])


def rows_of(cache: ResourceCache, now: datetime, include: str) -> list[Json]:
    pieces = row_pieces(cache, columns_of(cache.definition), cache.entries(), now, include, VERSION)
    return orjson.loads(b"[%b]" % b"".join(pieces))  # type: ignore[no-any-return]


def partials_of(cache: ResourceCache) -> list[Json]:
    return orjson.loads(b"[%b]" % b"".join(partial_pieces(cache, cache.entries(), VERSION)))  # type: ignore[no-any-return]


def expected(cache: ResourceCache, now: datetime, include: str) -> list[Json]:
    rows = [table_row(cache.object(entry), cache.definition, now, include, VERSION) for entry in cache.entries()]
    return orjson.loads(orjson.dumps(rows))  # type: ignore[no-any-return]


@pytest.mark.parametrize("include", ["Metadata", "Object", "None"])
def test_rows_are_those_of_the_objects_at_any_time(include: str) -> None:
    cache = cache_of(
        "pods", pod("young", phase="Pending"), pod("old", NOW - timedelta(days=3)), pod("ageless", None), restarted(NOW)
    )
    for later in (0, 1, 59, 3600, 86400 * 30):
        now = NOW + timedelta(seconds=later)
        assert rows_of(cache, now, include) == expected(cache, now, include)


def test_only_rows_that_depend_on_the_time_by_their_age_alone_are_kept() -> None:
    cache = cache_of("pods", pod("plain"), restarted(NOW))
    rows_of(cache, NOW, "None")
    assert [entry.row is not None for entry in cache.entries()] == [True, False]


def test_the_metadata_is_that_of_the_object() -> None:
    cache = cache_of("pods", pod("plain"))
    metadata = cache.object(cache.entries()[0])["metadata"]
    wanted = [{"kind": "PartialObjectMetadata", "apiVersion": VERSION, "metadata": metadata}]
    assert partials_of(cache) == partials_of(cache) == wanted
    rows_of(cache, NOW, "None")
    assert partials_of(cache) == wanted


@pytest.mark.parametrize("name", [one.qualified_name for one in RESOURCES])
def test_every_kind_has_rows(name: str) -> None:
    obj: Json = {"metadata": {"name": "x", "creationTimestamp": "2030-01-02T03:04:05Z"}}
    cache = cache_of(name, obj)
    for _ in range(2):
        assert rows_of(cache, NOW, "Metadata") == expected(cache, NOW, "Metadata")


@pytest.mark.parametrize(
    "look",
    [
        lambda moment: moment - NOW,
        lambda moment: NOW - moment,
        lambda moment: moment + timedelta(1),
        lambda moment: moment < NOW,
        lambda moment: moment <= NOW,
        lambda moment: moment == NOW,
        lambda moment: moment.timestamp(),
        lambda moment: moment.year,
        lambda moment: f"{moment}",
        lambda moment: moment.replace(year=1),
    ],
)
def test_a_moment_notices_being_looked_at(look: Any) -> None:
    moment = Moment.at(NOW)
    assert not moment.looked_at
    assert look(moment) == look(NOW)
    assert moment.looked_at


@pytest.mark.parametrize("found", RESOURCES, ids=lambda found: f"{found.qualified_name}-{found.version}")
def test_a_bookmark_has_the_row_of_an_object_in_which_nothing_is_set(found: Resource) -> None:
    cache = ResourceCache(found, definition_of(found))
    encode_event = EventEncoder(cache, Wanted(form=Form.TABLE), NOW, "Metadata")
    event = orjson.loads(encode_event.bookmark({"resourceVersion": "7"}))
    (row,) = event["object"]["rows"]
    assert len(row["cells"]) == len(columns_of(cache.definition))
    assert row["object"]["metadata"] == {"resourceVersion": "7"}


def test_the_bookmark_of_config_maps() -> None:
    found = resource("configmaps")
    encode_event = EventEncoder(ResourceCache(found, definition_of(found)), Wanted(form=Form.TABLE), NOW, "Metadata")
    table = orjson.loads(encode_event.bookmark({"resourceVersion": "7"}))["object"]
    assert table["rows"][0]["cells"] == ["", 0, "<unknown>"]
    assert table["metadata"] == {"resourceVersion": "7"}
    again = orjson.loads(encode_event.bookmark({"resourceVersion": "8"}))["object"]
    assert again["columnDefinitions"] is None


def test_a_pod_that_has_ended_is_completed_in_its_row() -> None:
    cache = cache_of("pods", pod("a", phase="Succeeded"), pod("b", phase="Running"))
    ended, running = rows_of(cache, NOW, "None")
    assert ended["conditions"][0]["reason"] == "Succeeded"
    assert "conditions" not in running
    assert [ended, running] == expected(cache, NOW, "None")
