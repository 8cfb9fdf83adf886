"""Taints of devices get the time at which they came."""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.resources.device_taints import date_taints

NOW = "2026-01-02T03:04:05Z"


def test_taints_without_a_time_are_new() -> None:
    taint = {"key": "a", "effect": "NoSchedule"}
    old = {**taint, "timeAdded": "2025-01-01T00:00:00Z"}
    made: Json = {"spec": {"devices": [{"name": "d", "taints": [dict(taint), dict(old)]}, {"name": "e"}]}}
    date_taints(made, NOW)
    assert made["spec"]["devices"] == [{"name": "d", "taints": [{**taint, "timeAdded": NOW}, old]}, {"name": "e"}]
