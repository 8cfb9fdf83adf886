"""Clusters that tests share, each started once and taken down at the end.

Every test that shares one works in a namespace of its own (`namespace`), which goes with the test.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

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


def _id(parameter: tuple[str, int]) -> str:
    store, nodes = parameter
    return f"{store}-{nodes}-node{'s' if nodes > 1 else ''}"


@pytest.fixture(scope="session", params=[(store, nodes) for nodes in (1, 3) for store in ("sqlite", "etcd")], ids=_id)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster of one node and one of three, each on both stores."""
    require(*_RUNTIME)
    store, nodes = request.param
    flags = ["--nodes", str(nodes)]
    with ExitStack() as stack:
        if store == "etcd":
            flags += ["--store", f"etcd={stack.enter_context(running_etcd())}"]
        yield stack.enter_context(launched(cluster_name(), *flags))


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
