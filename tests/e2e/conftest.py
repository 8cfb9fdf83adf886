"""Clusters that tests share, each started once and taken down at the end.

Every test that shares one works in a namespace of its own (`namespace`), which goes with the test.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator

import pytest

from tests.e2e.launched import Cluster, launched, require, running_etcd

_numbers = itertools.count()
_RUNTIME = ("containerd", "runc", "iptables", "conntrack", "ip", "unshare", "nsenter")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


def cluster_name() -> str:
    """A name that no other run of these tests uses."""
    return f"e2e-{os.getpid()}-{next(_numbers)}"


@pytest.fixture(scope="session", params=["sqlite", "etcd"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster of one node, once on each store."""
    require(*_RUNTIME)
    if request.param == "sqlite":
        with launched(cluster_name()) as found:
            yield found
    else:
        with running_etcd() as url, launched(cluster_name(), "--store", f"etcd={url}") as found:
            yield found


@pytest.fixture(scope="session")
def three_nodes() -> Iterator[Cluster]:
    """A cluster of three nodes."""
    require(*_RUNTIME)
    with launched(cluster_name(), "--nodes", "3") as found:
        yield found


@pytest.fixture(params=["pyctl", *(["kubectl"] if shutil.which("kubectl") else [])])
def tool(request: pytest.FixtureRequest) -> str:
    """The command line that drives the cluster: ours, and the kubectl on PATH if there is one."""
    return str(request.param)


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    name = f"test-{next(_numbers)}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.pyctl("delete", "namespace", name, "--wait=false")
