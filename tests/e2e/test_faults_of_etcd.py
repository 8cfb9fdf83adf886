"""``kill -9`` of the leader of a three-member etcd under load: nothing acknowledged is lost, and writing goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults import faulty_cluster, scene
from tests.e2e.launched import require
from tests.e2e.load import running_load
from tests.fakes.etcd import EtcdCluster

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

# The store gives a request 15 s: first so long without a majority that requests fail, then so short that they wait.
OUTAGES_SECONDS = {2: 17.0, 3: 3.0}


@pytest.fixture
def etcd(tmp_path: Path) -> Iterator[EtcdCluster]:
    members = EtcdCluster(tmp_path, 3)
    try:
        members.start()
        yield members
    finally:
        members.stop()


def test_leaders_die_one_after_the_other(etcd: EtcdCluster) -> None:
    """Each comes back before the next dies, so that two of three are always there."""
    require("containerd", "runc", "etcd")
    with faulty_cluster("--store", f"etcd={','.join(etcd.urls)}") as found, scene(*found) as under_load:
        for _ in range(3):
            leader = etcd.leader()
            leader.kill()
            under_load.load.goes_on()
            assert etcd.leader() is not leader
            leader.start(etcd.members)
            leader.wait_until_healthy()
        under_load.load.goes_on()
        under_load.settle()


def test_all_members_die_at_once(etcd: EtcdCluster) -> None:
    """Without a majority nothing is written; with it back everything that was acknowledged is there."""
    require("etcd", root=False)
    flags = ["--control-plane-only", "--store", f"etcd={','.join(etcd.urls)}"]
    with faulty_cluster(*flags) as (cluster, remote), running_load(remote, "default", []) as load:
        before = cluster.processes()
        load.goes_on()
        for dying, seconds in OUTAGES_SECONDS.items():
            members = etcd.members[:dying]
            for member in members:
                member.kill()
            load.stands_still(seconds)
            for member in members:
                member.start(etcd.members)
            for member in members:
                member.wait_until_healthy()
            load.goes_on()
        load.stop()
        print(load)
        differences = load.differences()
        assert not differences, "\n".join(differences)
        assert cluster.processes() == before, "the API server has to wait for its store, not to end"
