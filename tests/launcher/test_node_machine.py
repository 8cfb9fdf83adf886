"""What a node is made of, as values: resolvers, rules, commands, and when it counts as ready."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pybernetes.launcher.containerd_config import Settings
from pybernetes.launcher.host_network import rules
from pybernetes.launcher.node_init import kubelet_command, without_loopback
from pybernetes.launcher.plan import Plan
from pybernetes.launcher.readiness import is_ready
from pybernetes.launcher.supervisor import programs

PLAN = Plan("one", 2, "/data", "/cache", 6443, 2, "/config")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("nameserver 127.0.0.53\nsearch a\n", "search a\n"),
        ("nameserver ::1\nnameserver 9.9.9.9\n", "nameserver 9.9.9.9\n"),
        ("nameserver fe80::1%eth0\n", "nameserver fe80::1%eth0\n"),
        ("# nameserver 127.0.0.1\nnameserver\n", "# nameserver 127.0.0.1\nnameserver\n"),
        ("nameserver garbage\n", "nameserver garbage\n"),
        ("", ""),
    ],
)
def test_resolvers_that_a_node_cannot_reach_are_left_out(given: str, kept: str) -> None:
    assert without_loopback(given) == kept


def test_rules_are_in_a_chain_of_the_cluster_s_own() -> None:
    assert rules(PLAN, "nat").splitlines() == [
        "*nat",
        ":PYB-HOST-2 - [0:0]",
        "-A PYB-HOST-2 -s 10.89.2.0/24 ! -o pyb2 -j MASQUERADE",
        "COMMIT",
    ]
    assert "-A PYB-HOST-2 -o pyb2 -j ACCEPT" in rules(PLAN, "filter")


def test_a_kubelet_is_told_all_that_differs_between_nodes() -> None:
    first, second = PLAN.nodes
    settings = Settings(first.containerd_directory, first.cni_directory)
    command = kubelet_command(PLAN, first, settings)
    for own in (first.name, first.address, first.cgroup, str(settings.socket), str(first.kubeconfig)):
        assert any(own in word for word in command), own
    assert not any(second.name in word for word in command)


def test_what_runs_on_the_machine() -> None:
    assert [each.name for each in programs(PLAN)] == ["control-plane", "node-1", "node-2", "images", "dns"]
    alone = Plan("one", 2, "/data", "/cache", 6443, 0, "/config", separate=True)
    assert [each.name for each in programs(alone)] == ["apiserver", "controllers", "scheduler"]


def test_a_node_is_ready_when_it_has_said_so_in_this_life() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)

    def node(status: str, heard: str) -> object:
        return {"status": {"conditions": [{"type": "Ready", "status": status, "lastHeartbeatTime": heard}]}}

    assert is_ready(node("True", "2026-01-02T03:04:05Z"), now)
    assert not is_ready(node("True", "2026-01-02T03:04:04Z"), now)
    assert is_ready(node("True", "2026-01-02T03:04:04Z"), now - timedelta(seconds=5))
    assert not is_ready(node("False", "2026-01-02T03:04:06Z"), now)
    assert not is_ready({"status": {}}, now)
    assert not is_ready(None, now)


def test_paths_are_below_the_data_directory() -> None:
    for node in PLAN.nodes:
        for path in (node.kubeconfig, node.serving_key, node.containerd_directory, node.cni_directory, node.logs):
            assert path.is_relative_to(Path("/data/nodes") / node.name)
