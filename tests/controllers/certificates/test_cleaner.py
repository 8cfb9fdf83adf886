"""When a request may go: the table of Kubernetes' cleaner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pybernetes.api.object import Json, format_time
from pybernetes.controllers.certificates.cleaner import LOOK_EVERY_SECONDS, cleaning, why_old
from tests.controllers.certificates.test_certificates_end_to_end import certificate_until
from tests.fakes.control_plane import Cluster

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = certificate_until(NOW + timedelta(days=300))
ENDED = certificate_until(NOW - timedelta(seconds=1))
MINUTE = timedelta(minutes=1)


def condition(kind: str, minutes_ago: int) -> Json:
    return {"type": kind, "status": "True", "lastUpdateTime": format_time(NOW - minutes_ago * MINUTE)}


@pytest.mark.parametrize(
    ("created_minutes_ago", "certificate", "conditions", "goes"),
    [
        (1, GOOD, [condition("Approved", 50)], False),
        (1, "", [condition("Approved", 50)], False),
        (1, "", [condition("Approved", 23 * 60)], False),
        (1, "", [condition("Approved", 25 * 60)], True),
        (1, GOOD, [condition("Approved", 120)], True),
        (1, "", [condition("Denied", 50)], False),
        (1, "", [condition("Denied", 120)], True),
        (1, "", [condition("Approved", 120), condition("Failed", 50)], False),
        (1, "", [condition("Approved", 120), condition("Failed", 120)], True),
        (5 * 60, "", [], False),
        (25 * 60, "", [], True),
        (1, ENDED, [condition("Approved", 50)], True),
        (1, "Z2FyYmFnZQ==", [condition("Approved", 120)], True),
    ],
)
def test_when_a_request_may_go(created_minutes_ago: int, certificate: str, conditions: list[Json], goes: bool) -> None:
    request = {
        "metadata": {"name": "a", "creationTimestamp": format_time(NOW - created_minutes_ago * MINUTE)},
        "status": {"conditions": conditions, **({"certificate": certificate} if certificate else {})},
    }
    assert bool(why_old(request, NOW)) is goes


async def test_it_looks_every_hour() -> None:
    cluster = Cluster()
    async with cluster.running(cleaning):
        created = {"metadata": {"name": "forgotten"}, "spec": {"signerName": "example.com/a"}}
        await cluster.client.create("certificatesigningrequests.certificates.k8s.io", created)
        for hour in range(25):
            there = cluster.api.get("certificatesigningrequests.certificates.k8s.io", "forgotten")
            assert there is not None, hour
            await cluster.advance(LOOK_EVERY_SECONDS)
        assert cluster.api.get("certificatesigningrequests.certificates.k8s.io", "forgotten") is None
