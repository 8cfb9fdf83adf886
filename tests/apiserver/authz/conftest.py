"""A cluster with the bootstrap policy and nothing else."""

from __future__ import annotations

import pytest

from pybernetes.apiserver.bootstrap.bindings import cluster_role_bindings, role_bindings
from pybernetes.apiserver.bootstrap.namespace_roles import NAMESPACE_ROLES
from pybernetes.apiserver.bootstrap.roles import cluster_roles
from tests.fakes.reader import MemoryReader

GROUP = "rbac.authorization.k8s.io"


@pytest.fixture
def bootstrapped() -> MemoryReader:
    reader = MemoryReader()
    for resource, objects in (
        ("clusterroles", cluster_roles()),
        ("roles", NAMESPACE_ROLES),
        ("clusterrolebindings", cluster_role_bindings()),
        ("rolebindings", role_bindings()),
    ):
        for obj in objects:
            reader.put(f"{resource}.{GROUP}", obj)
    return reader
