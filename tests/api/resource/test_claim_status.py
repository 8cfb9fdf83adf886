"""What drivers say of devices is kept as long as the claim has the devices."""

from __future__ import annotations

from typing import Any

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

_PREPARE = definition_of(resource("resourceclaims.resource.k8s.io")).prepare_status


def _device(name: str) -> Json:
    return {"driver": "d.example", "pool": "p", "device": name}


def _claim(allocated: list[str], reported: list[str]) -> Json:
    status: dict[str, Any] = {"devices": [_device(name) for name in reported]}
    if allocated:
        status["allocation"] = {"devices": {"results": [{**_device(name), "request": "r"} for name in allocated]}}
    return {"status": status}


def test_what_is_given_back_is_not_reported_any_more() -> None:
    new = _claim(["b"], ["a", "b"])
    _PREPARE(new, _claim(["a", "b"], ["a", "b"]))
    assert new["status"]["devices"] == [_device("b")]


def test_nothing_is_left_when_all_is_given_back() -> None:
    new = _claim([], ["a"])
    _PREPARE(new, _claim(["a"], ["a"]))
    assert new["status"] == {}


def test_what_was_never_allocated_is_for_the_rules_to_refuse() -> None:
    new = _claim(["a"], ["a", "c"])
    _PREPARE(new, _claim(["a"], ["a"]))
    assert new["status"]["devices"] == [_device("a"), _device("c")]
