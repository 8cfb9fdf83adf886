"""Which strings are IP addresses, networks and ports, with the reasons Kubernetes gives when they are not.

Counterpart: apimachinery/pkg/util/validation (ip.go) and k8s.io/utils/net.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

_NOT_AN_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_NOT_A_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
MAX_PORT = 65535

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_ip(value: str) -> Address | None:
    """The address, or None. No zones, no leading zeros."""
    if "%" in value:
        return None
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def non_special_ip(value: str) -> list[str]:
    """Why an address cannot be that of an endpoint: loopback, link-local and the like (ValidateNonSpecialIP)."""
    parsed = parse_loosely(value)
    if parsed is None:
        return ["must be a valid IP address"]
    if parsed.is_unspecified:
        return [f"may not be unspecified ({value})"]
    if parsed.is_loopback:
        return ["may not be in the loopback range (127.0.0.0/8, ::1/128)"]
    if parsed.is_link_local:
        return ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"]
    if any(parsed in network for network in _LINK_LOCAL_MULTICAST if network.version == parsed.version):
        return ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"]
    return []


_LINK_LOCAL_MULTICAST = (ipaddress.ip_network("224.0.0.0/24"), ipaddress.ip_network("ff02::/16"))


def is_ipv6(value: str) -> bool:
    parsed = parse_loosely(value)
    return parsed is not None and parsed.version == 6


def is_ipv6_cidr(value: str) -> bool:
    return is_ipv6(value.partition("/")[0])


def is_dual_stack(values: Sequence[str]) -> bool:
    """Whether both families are among the addresses or networks."""
    return len({is_ipv6_cidr(value) for value in values}) > 1


def port_number(value: int) -> list[str]:
    """What is wrong with a port's number (IsValidPortNum)."""
    return [] if 1 <= value <= MAX_PORT else [f"must be between 1 and {MAX_PORT}, inclusive"]


def inclusive_range(low: int, high: int) -> str:
    """The reason for a number out of range (InclusiveRangeError)."""
    return f"must be between {low} and {high}, inclusive"


_LEADING_ZERO = re.compile(r"(^|[.:/])0+(?=[0-9])")


def _without_leading_zeros(value: str) -> str:
    """The address as old parsers read it: decimal numbers may begin with zeros."""
    if ":" in value:
        head, _, last = value.rpartition(":")
        return head + ":" + _LEADING_ZERO.sub(r"\1", last) if "." in last else value
    return _LEADING_ZERO.sub(r"\1", value)


def _sloppy_ip(value: str) -> Address | None:
    return parse_ip(_without_leading_zeros(value)) if "/" not in value else None


def parse_loosely(value: str) -> Address | None:
    """The address as old parsers read it: zeros may lead, and an IPv4 address in the form of IPv6 is IPv4."""
    parsed = _sloppy_ip(value)
    return getattr(parsed, "ipv4_mapped", None) or parsed


def loose_ip(value: str) -> list[str]:
    """What is wrong with an address that may even be ambiguous, as old objects have it."""
    return [] if _sloppy_ip(value) is not None else [_NOT_AN_IP]


def legacy_ip(value: str) -> list[str]:
    """What is wrong with an address that need not be in canonical form (IsValidIPForLegacyField, strict)."""
    if _sloppy_ip(value) is None:
        return [_NOT_AN_IP]
    parsed = parse_ip(value)
    if parsed is None:
        return ["must not have leading 0s"]
    return ["must not be an IPv4-mapped IPv6 address"] if getattr(parsed, "ipv4_mapped", None) else []


def canonical_ip(value: str) -> list[str]:
    """What is wrong with an address that has to be in canonical form (IsValidIP)."""
    wrong = legacy_ip(value)
    if not wrong and str(parse_ip(value)) != value:
        wrong = [f'must be in canonical form ("{parse_ip(value)}")']
    return wrong


def parse_cidr(value: str) -> Network | None:
    """The network that a prefix names, whatever bits stand behind it; zeros may lead. None for what is no prefix."""
    address, slash, length = value.partition("/")
    parsed = _sloppy_ip(address) if slash and length.isascii() and length.isdigit() else None
    if parsed is None or int(length) > parsed.max_prefixlen:
        return None
    return ipaddress.ip_network(f"{parsed}/{int(length)}", strict=False)


def legacy_cidr(value: str) -> list[str]:
    """What is wrong with a network that need not be in canonical form (IsValidCIDRForLegacyField, strict)."""
    network = parse_cidr(value)
    if network is None:
        return [_NOT_A_CIDR]
    address, _, length = value.partition("/")
    parsed = parse_ip(address)
    if parsed is None or str(int(length)) != length:
        return ["must not have leading 0s in IP or prefix length"]
    if getattr(parsed, "ipv4_mapped", None):
        return ["must not have an IPv4-mapped IPv6 address"]
    return [] if parsed == network.network_address else ["must not have bits set beyond the prefix length"]


def canonical_cidr(value: str) -> list[str]:
    """What is wrong with a network that has to be in canonical form (IsValidCIDR)."""
    wrong = legacy_cidr(value)
    if not wrong and str(parse_cidr(value)) != value:
        wrong = [f'must be in canonical form ("{parse_cidr(value)}")']
    return wrong


def ip_warnings(value: str, path: str) -> list[str]:
    """Why a valid address should be written otherwise (GetWarningsForIP)."""
    parsed, loosely = parse_ip(value), parse_loosely(value)
    if loosely is None:
        return []
    if parsed is None or parsed != loosely:
        return [f"{path}: non-standard {_OUTDATED.format('IP address', value, loosely)}"]
    if parsed.version == 6 and str(parsed) != value:
        return [f'{path}: IPv6 address "{value}" {_NOT_CANONICAL.format(parsed)}']
    return []


def cidr_warnings(value: str, path: str) -> list[str]:
    """The same for a network (GetWarningsForCIDR)."""
    network, (address, _, length) = parse_cidr(value), value.partition("/")
    sloppy, parsed = _sloppy_ip(address), parse_ip(address)
    if network is None or sloppy is None:
        return []
    warnings = []
    if sloppy != network.network_address:
        single = f"{parse_loosely(address)}/{network.max_prefixlen}"
        detail = f'is ambiguous in this context (should be "{network}" or "{single}"?)'
        warnings.append(f'{path}: CIDR value "{value}" {detail}')
    if parsed is None or str(int(length)) != length or getattr(parsed, "ipv4_mapped", None):
        warnings.append(f"{path}: non-standard {_OUTDATED.format('CIDR value', value, network)}")
    elif not warnings and network.version == 6 and str(network) != value:
        warnings.append(f'{path}: IPv6 CIDR value "{value}" {_NOT_CANONICAL.format(network)}')
    return warnings


_OUTDATED = '{} "{}" will be considered invalid in a future Kubernetes release: use "{}"'
_NOT_CANONICAL = 'should be in RFC 5952 canonical format ("{}")'
