"""``kill -9`` of the leader of a three-member etcd under load: nothing acknowledged is lost, and writing goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apiserver.storage.conftest import EtcdCluster
from tests.e2e.conftest import cluster_name
from tests.e2e.faults import scene
from tests.e2e.launched import launched, require
from tests.e2e.load import Remote

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def etcd(tmp_path: Path) -> Iterator[EtcdCluster]:
    members = EtcdCluster(tmp_path, 3)
    try:
        members.start()
        yield members
    finally:
        members.stop()


def test_leaders_die_one_after_the_other(etcd: EtcdCluster) -> None:
    """Each comes back before the next dies: two of three are always there, and in the end all have died once."""
    require("containerd", "runc", "etcd")
    with launched(cluster_name(), "--store", f"etcd={','.join(etcd.urls)}") as cluster:
        remote = Remote(cluster.kubeconfig)
        try:
            with scene(cluster, remote) as under_load:
                for _ in range(3):
                    leader = etcd.leader()
                    leader.kill()
                    under_load.load.goes_on()
                    assert etcd.leader() is not leader
                    leader.start(etcd.members)
                    leader.wait_until_healthy()
                under_load.load.goes_on()
                under_load.settle()
        finally:
            remote.close()
