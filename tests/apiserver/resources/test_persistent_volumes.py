"""A volume says since when it is in its phase."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.resources.persistent_volumes import date_phase
from tests.apiserver.conftest import Api

VOLUMES = "/api/v1/persistentvolumes"
NOW, BEFORE, SAID = "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2024-01-01T00:00:00Z"
PHASES = [
    ({"phase": "Bound", "lastPhaseTransitionTime": BEFORE}, NOW),
    ({"phase": "Bound"}, NOW),
    ({"phase": "Bound", "lastPhaseTransitionTime": SAID}, SAID),
    ({"phase": "Pending", "lastPhaseTransitionTime": BEFORE}, BEFORE),
]


@pytest.mark.parametrize(("status", "since"), PHASES)
def test_a_phase_is_dated_when_it_changes(status: Json, since: str) -> None:
    new = {"status": status}
    date_phase(new, {"status": {"phase": "Pending", "lastPhaseTransitionTime": BEFORE}}, NOW)
    assert new["status"]["lastPhaseTransitionTime"] == since


async def test_a_new_volume_is_pending_since_now(api: Api) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/tmp"}}
    made = await api.create(VOLUMES, {"metadata": {"name": "v"}, "spec": spec})
    created = made["metadata"]["creationTimestamp"]
    assert made["status"] == {"phase": "Pending", "lastPhaseTransitionTime": created}
    status = {"status": {"phase": "Available"}}
    patched = await api.ok("PATCH", f"{VOLUMES}/v/status", status, content_type="application/merge-patch+json")
    assert patched["status"]["lastPhaseTransitionTime"] >= created
