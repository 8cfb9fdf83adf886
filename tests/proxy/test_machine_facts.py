"""Options, addresses and kernel settings: what comes from outside the cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybernetes.proxy import sysctl
from pybernetes.proxy.__main__ import options_of, parser, seconds
from pybernetes.proxy.node_addresses import internal_ips, nodeport_addresses
from pybernetes.proxy.options import ProxyOptions, split_address

LOCAL = ("127.0.0.1", "192.168.1.5", "10.0.0.5")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], None),
        (["0.0.0.0/0"], None),
        (["172.16.0.0/12"], ()),
        (["192.168.0.0/16", "127.0.0.0/8"], ("127.0.0.1", "192.168.1.5")),
        (["primary"], ("10.0.0.5",)),
        (["192.168.1.5/32", "primary"], ("192.168.1.5", "10.0.0.5")),
    ],
)
def test_nodeport_addresses(wanted: list[str], expected: tuple[str, ...] | None) -> None:
    assert nodeport_addresses(wanted, 4, LOCAL, ("10.0.0.5",)) == expected


def test_nodeport_addresses_must_be_networks() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        nodeport_addresses(["nonsense"], 4, LOCAL, ())


def test_internal_ips() -> None:
    addresses = [
        {"type": "Hostname", "address": "n1"},
        {"type": "InternalIP", "address": "10.0.0.5"},
        {"type": "InternalIP", "address": "fd00::5"},
    ]
    node = {"status": {"addresses": addresses}}
    assert internal_ips(node, 4) == ("10.0.0.5",)
    assert internal_ips(node, 6) == ("fd00::5",)
    assert internal_ips(None, 4) == ()


def test_kernel_settings_are_written_where_they_differ_and_limits_only_raised(tmp_path: Path) -> None:
    for path, value in {
        "net/netfilter/nf_conntrack_max": 10,
        "net/netfilter/nf_conntrack_tcp_timeout_established": 86400,
        "net/ipv4/conf/all/route_localnet": 0,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"{value}\n")
    wanted = sysctl.wanted_settings(route_localnet=True, cores=2)
    assert sysctl.apply_settings(wanted, tmp_path) == [
        "net/netfilter/nf_conntrack_max",
        "net/ipv4/conf/all/route_localnet",
    ]
    assert (tmp_path / "net/netfilter/nf_conntrack_max").read_text() == "131072"
    (tmp_path / "net/netfilter/nf_conntrack_max").write_text("9999999")
    assert sysctl.apply_settings(wanted, tmp_path) == []
    assert not any("route_localnet" in s.path for s in sysctl.wanted_settings(route_localnet=False, cores=2))


def test_flags() -> None:
    arguments = parser().parse_args(
        ["--kubeconfig=x", "--node-name=n1", "--cluster-cidr=10.244.0.0/16,fd00::/48", "--iptables-sync-period=1m"]
    )
    options = options_of(arguments)
    assert options.node_name == "n1"
    assert options.sync_period_seconds == 60
    assert options.families == (4, 6)
    assert options.cluster_cidr_of(6) == "fd00::/48"
    assert ProxyOptions("n1").families == (4,)


@pytest.mark.parametrize(("text", "expected"), [("500ms", 0.5), ("2m", 120), ("3", 3), ("1h", 3600), ("30s", 30)])
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


def test_addresses_to_serve_on() -> None:
    assert split_address("0.0.0.0:10256") == ("0.0.0.0", 10256)
    assert split_address("[::1]:80") == ("::1", 80)
    assert split_address(":80") == ("0.0.0.0", 80)
    with pytest.raises(ValueError, match="host:port"):
        split_address("localhost")
