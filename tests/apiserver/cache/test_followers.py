"""Those who follow a cache: one that fails harms neither the others nor the server."""

from __future__ import annotations

import logging

import orjson
import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource
from pybernetes.apiserver.cache.resource_cache import ResourceCache

VALUE = orjson.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}})


def test_a_follower_that_fails_is_logged_and_the_others_are_told(caplog: pytest.LogCaptureFixture) -> None:
    found = resource("configmaps")
    cache = ResourceCache(found, definition_of(found))
    told: list[str] = []

    def choke(key: str, new: Json | None, old: Json | None) -> None:
        raise KeyError("not there")

    cache.subscribe(choke)
    cache.subscribe(lambda key, new, old: told.append(key))
    with caplog.at_level(logging.ERROR):
        cache.apply_put("n/a", VALUE, 5, None)
    assert told == ["n/a"]
    (record,) = caplog.records
    assert record.message == "a follower of the cache failed"
    assert record.exc_info is not None and record.exc_info[0] is KeyError
    assert cache.revision_of("n/a") == 5
