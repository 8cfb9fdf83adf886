"""Addresses and networks: what is none, what is ambiguous, what should be written otherwise."""

from __future__ import annotations

import pytest

from pybernetes.api.addresses import cidr_warnings, ip_warnings, legacy_cidr, legacy_ip, loose_ip, non_special_ip

_NONE = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_NO_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_LATER = "will be considered invalid in a future Kubernetes release: use"


@pytest.mark.parametrize(
    ("value", "loose", "strict", "special"),
    [
        ("10.0.0.1", [], [], False),
        ("fd00::1", [], [], False),
        ("FD00::0:1", [], [], False),
        ("127.0.0.1", [], [], True),
        ("169.254.1.1", [], [], True),
        ("0.0.0.0", [], [], True),
        ("224.0.0.5", [], [], True),
        ("010.0.0.1", [], ["must not have leading 0s"], False),
        ("127.000.0.1", [], ["must not have leading 0s"], True),
        ("::ffff:10.0.0.1", [], ["must not be an IPv4-mapped IPv6 address"], False),
        ("::ffff:127.0.0.1", [], ["must not be an IPv4-mapped IPv6 address"], True),
        ("10.0.0.0/8", [_NONE], [_NONE], True),
        ("fe80::1%eth0", [_NONE], [_NONE], True),
        ("", [_NONE], [_NONE], True),
    ],
)
def test_addresses(value: str, loose: list[str], strict: list[str], special: bool) -> None:
    assert (loose_ip(value), legacy_ip(value), bool(non_special_ip(value))) == (loose, strict, special)


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("10.0.0.0/8", []),
        ("FD00::/64", []),
        ("10.0.0.1/33", [_NO_CIDR]),
        ("10.0.0.1", [_NO_CIDR]),
        ("10.0.0.1/8", ["must not have bits set beyond the prefix length"]),
        ("010.0.0.0/8", ["must not have leading 0s in IP or prefix length"]),
        ("10.0.0.0/08", ["must not have leading 0s in IP or prefix length"]),
        ("::ffff:10.0.0.0/104", ["must not have an IPv4-mapped IPv6 address"]),
    ],
)
def test_networks(value: str, wrong: list[str]) -> None:
    assert legacy_cidr(value) == wrong


@pytest.mark.parametrize(
    ("value", "warning"),
    [
        ("10.0.0.1", ""),
        ("fd00::1", ""),
        ("none", ""),
        ("010.0.0.1", f'non-standard IP address "010.0.0.1" {_LATER} "10.0.0.1"'),
        ("::ffff:1.2.3.4", f'non-standard IP address "::ffff:1.2.3.4" {_LATER} "1.2.3.4"'),
        ("FD00::0:1", 'IPv6 address "FD00::0:1" should be in RFC 5952 canonical format ("fd00::1")'),
    ],
)
def test_warnings_of_addresses(value: str, warning: str) -> None:
    assert ip_warnings(value, "at") == ([f"at: {warning}"] if warning else [])


_AMBIGUOUS = 'is ambiguous in this context (should be "192.12.2.0/24" or "192.12.2.8/32"?)'


@pytest.mark.parametrize(
    ("value", "warnings"),
    [
        ("10.0.0.0/8", []),
        ("fd00::/64", []),
        ("none", []),
        ("192.12.2.8/24", [f'CIDR value "192.12.2.8/24" {_AMBIGUOUS}']),
        ("010.0.0.0/8", [f'non-standard CIDR value "010.0.0.0/8" {_LATER} "10.0.0.0/8"']),
        ("FD00::/64", ['IPv6 CIDR value "FD00::/64" should be in RFC 5952 canonical format ("fd00::/64")']),
        (
            "192.012.2.8/24",
            [
                f'CIDR value "192.012.2.8/24" {_AMBIGUOUS}',
                f'non-standard CIDR value "192.012.2.8/24" {_LATER} "192.12.2.0/24"',
            ],
        ),
    ],
)
def test_warnings_of_networks(value: str, warnings: list[str]) -> None:
    assert cidr_warnings(value, "at") == [f"at: {warning}" for warning in warnings]
