"""IP addresses and networks: ``cidr("10.0.0.0/8").containsIP("10.1.2.3")``.

Addresses that embed a version 4 address in version 6, addresses with a zone, and leading zeros are refused.

Counterparts: apiserver/pkg/cel/library/ip.go and cidr.go; Go's net/netip, whose words are in the errors.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import TRAVERSAL, Functions, Overload, scaled, traverses
from pybernetes.apiserver.cel.types import BOOL, INT, STRING, Type, opaque
from pybernetes.apiserver.cel.values import size_of

IP_TYPE, CIDR_TYPE = opaque("net.IP"), opaque("net.CIDR")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
_LINK_LOCAL_MULTICAST_4 = ipaddress.IPv4Network("224.0.0.0/24")


@dataclass(frozen=True, slots=True)
class IP:
    address: _Address
    cel_type: ClassVar[Type] = IP_TYPE
    equality_is_cheap: ClassVar[bool] = True

    def cel_string(self) -> str:
        return str(self.address)

    def cel_size(self) -> int:
        return self.address.max_prefixlen // 8


@dataclass(frozen=True, slots=True)
class CIDR:
    """An address with the length of a prefix; bits behind it may be set."""

    address: _Address
    bits: int
    cel_type: ClassVar[Type] = CIDR_TYPE
    equality_is_cheap: ClassVar[bool] = True

    def cel_string(self) -> str:
        return f"{self.address}/{self.bits}"

    def cel_size(self) -> int:
        return -(-self.bits // 8)

    def masked(self) -> CIDR:
        return CIDR(_masked(self.address, self.bits), self.bits)


def _masked(address: _Address, bits: int) -> _Address:
    rest = address.max_prefixlen - bits
    return type(address)(int(address) >> rest << rest)


def _go_problem(text: str) -> str:
    """What Go finds wrong with an address."""
    quoted = json.dumps(text, ensure_ascii=False)
    if "." not in text and ":" not in text:
        return f"ParseAddr({quoted}): unable to parse IP"
    if ":" in text and ("." not in text or text.index(":") < text.index(".")):
        return _go_problem_6(text, quoted)
    fields = text.split(".")
    for place, field in enumerate(fields):
        if not field:
            return f"ParseAddr({quoted}): IPv4 field must have at least one digit"
        if not (field.isascii() and field.isdigit()):
            return f"ParseAddr({quoted}): unexpected character (at {json.dumps(_from_bad(text))})"
        if len(field) > 1 and field[0] == "0":
            return f"ParseAddr({quoted}): IPv4 field has octet with leading zero"
        if int(field) > 255:
            return f"ParseAddr({quoted}): IPv4 field has value >255"
        if place > 3:
            return f"ParseAddr({quoted}): IPv4 address too long"
    return f"ParseAddr({quoted}): IPv4 address too short"


def _from_bad(text: str) -> str:
    return next((text[place:] for place, character in enumerate(text) if character not in "0123456789."), text)


def _go_problem_6(text: str, quoted: str) -> str:
    if text.count("::") > 1:
        rest = text[text.index("::", text.index("::") + 1) + 1 :]
        return f"ParseAddr({quoted}): multiple :: in address (at {json.dumps(rest)})"
    for field in text.split(":"):
        if len(field) > 4 and all(character in "0123456789abcdefABCDEF" for character in field):
            rest = text[text.index(field) :]
            return f"ParseAddr({quoted}): each group must have 4 or less digits (at {json.dumps(rest)})"
    if text.count(":") < 7 and "::" not in text:
        return f"ParseAddr({quoted}): address string too short"
    bad = next((place for place, one in enumerate(text) if one not in "0123456789abcdefABCDEF:."), None)
    if bad is not None:
        rest = json.dumps(text[bad:], ensure_ascii=False)
        return f"ParseAddr({quoted}): unexpected character, want colon (at {rest})"
    if text.startswith(":"):
        after = text[1:] if text.startswith(":::") else text
        what = "each colon-separated field must have at least one digit"
        return f"ParseAddr({quoted}): {what} (at {json.dumps(after[1:] if text.startswith(':::') else after)})"
    return f"ParseAddr({quoted}): colon must be followed by more characters (at {json.dumps(text[-1:])})"


def _parse_ip(text: str) -> IP:
    quoted = json.dumps(text, ensure_ascii=False)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        problem = _go_problem(text)
        raise EvaluationError(f"IP Address {quoted} parse error during conversion from string: {problem}") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise EvaluationError(f"IP address {quoted} with zone value is not allowed")
        if address.ipv4_mapped is not None:
            raise EvaluationError(f"IPv4-mapped IPv6 address {quoted} is not allowed")
    return IP(address)


_PARSE_ERROR = "network address parse error during conversion from string: "


def _cidr_problem(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    address, slash, bits = text.rpartition("/")
    if not slash:
        return f"netip.ParsePrefix({quoted}): no '/'"
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return f"netip.ParsePrefix({quoted}): {_go_problem(address)}"
    if "%" in address:
        return f"netip.ParsePrefix({quoted}): IPv6 zones cannot be present in a prefix"
    if not (bits.isascii() and bits.isdigit()) or (len(bits) > 1 and bits[0] == "0"):
        return f"netip.ParsePrefix({quoted}): bad bits after slash: {json.dumps(bits, ensure_ascii=False)}"
    return f"netip.ParsePrefix({quoted}): prefix length out of range"


def _parse_cidr(text: str) -> CIDR:
    address, _, bits = text.rpartition("/")
    valid = bits.isascii() and bits.isdigit() and (len(bits) == 1 or bits[0] != "0") and "%" not in address
    try:
        parsed = ipaddress.ip_address(address)
        if not valid or int(bits) > parsed.max_prefixlen:
            raise ValueError(bits)
    except ValueError:
        raise EvaluationError(f"{_PARSE_ERROR}{_PARSE_ERROR}{_cidr_problem(text)}") from None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        quoted = json.dumps(text, ensure_ascii=False)
        raise EvaluationError(f"{_PARSE_ERROR}IPv4-mapped IPv6 address {quoted} is not allowed")
    return CIDR(parsed, int(bits))


def _is(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except EvaluationError:
            return False
        return True

    return test


def _is_global_unicast(value: IP) -> bool:
    address = value.address
    return not (
        address == _BROADCAST
        or address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
    )


def _is_link_local_multicast(value: IP) -> bool:
    address = value.address
    if isinstance(address, ipaddress.IPv4Address):
        return address in _LINK_LOCAL_MULTICAST_4
    return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02


def _contains_ip(network: CIDR, value: IP) -> bool:
    return network.address.version == value.address.version and (
        _masked(value.address, network.bits) == network.masked().address
    )


def _contains_cidr(network: CIDR, other: CIDR) -> bool:
    return network.bits <= other.bits and _contains_ip(network, IP(other.address))


def _containment_cost(extra: int, *, parses: bool) -> Callable[[Sequence[Any], Any], int]:
    """Two addresses are compared up to the prefix; a text is read first."""

    def cost(values: Sequence[Any], result: Any) -> int:
        size = size_of(values[0])
        total = scaled(2 * size, TRAVERSAL)
        if extra:
            total += scaled(size, TRAVERSAL) + extra
        return total + (scaled(size_of(values[1]), TRAVERSAL) if parses else 0)

    return cost


def _member(name: str, of: Type, result: Type, run: Callable[..., Any]) -> Overload:
    return Overload(name, (of,), result, run, member=True)


ADDRESSES: Functions = {
    "ip": [
        Overload("string_to_ip", (STRING,), IP_TYPE, _parse_ip, cost=traverses(0)),
        _member("cidr_ip", CIDR_TYPE, IP_TYPE, lambda value: IP(value.address)),
    ],
    "isIP": [Overload("is_ip", (STRING,), BOOL, _is(_parse_ip), cost=traverses(0))],
    "ip.isCanonical": [
        Overload(
            "ip_is_canonical",
            (STRING,),
            BOOL,
            lambda text: _parse_ip(text).cel_string() == text,
            cost=traverses(0, 2),
        )
    ],
    "family": [_member("ip_family", IP_TYPE, INT, lambda value: value.address.version)],
    "isUnspecified": [_member("ip_is_unspecified", IP_TYPE, BOOL, lambda value: value.address.is_unspecified)],
    "isLoopback": [_member("ip_is_loopback", IP_TYPE, BOOL, lambda value: value.address.is_loopback)],
    "isLinkLocalMulticast": [_member("ip_is_link_local_multicast", IP_TYPE, BOOL, _is_link_local_multicast)],
    "isLinkLocalUnicast": [
        _member("ip_is_link_local_unicast", IP_TYPE, BOOL, lambda value: value.address.is_link_local)
    ],
    "isGlobalUnicast": [_member("ip_is_global_unicast", IP_TYPE, BOOL, _is_global_unicast)],
    "string": [
        Overload("ip_to_string", (IP_TYPE,), STRING, IP.cel_string),
        Overload("cidr_to_string", (CIDR_TYPE,), STRING, CIDR.cel_string),
    ],
    "cidr": [Overload("string_to_cidr", (STRING,), CIDR_TYPE, _parse_cidr, cost=traverses(0))],
    "isCIDR": [Overload("is_cidr", (STRING,), BOOL, _is(_parse_cidr), cost=traverses(0))],
    "containsIP": [
        Overload(
            "cidr_contains_ip_string",
            (CIDR_TYPE, STRING),
            BOOL,
            lambda network, text: _contains_ip(network, _parse_ip(text)),
            member=True,
            cost=_containment_cost(0, parses=True),
        ),
        Overload(
            "cidr_contains_ip_ip",
            (CIDR_TYPE, IP_TYPE),
            BOOL,
            _contains_ip,
            member=True,
            cost=_containment_cost(0, parses=False),
        ),
    ],
    "containsCIDR": [
        Overload(
            "cidr_contains_cidr_string",
            (CIDR_TYPE, STRING),
            BOOL,
            lambda network, text: _contains_cidr(network, _parse_cidr(text)),
            member=True,
            cost=_containment_cost(1, parses=True),
        ),
        Overload(
            "cidr_contains_cidr",
            (CIDR_TYPE, CIDR_TYPE),
            BOOL,
            _contains_cidr,
            member=True,
            cost=_containment_cost(1, parses=False),
        ),
    ],
    "prefixLength": [_member("cidr_prefix_length", CIDR_TYPE, INT, lambda value: value.bits)],
    "masked": [_member("cidr_masked", CIDR_TYPE, CIDR_TYPE, CIDR.masked)],
}
