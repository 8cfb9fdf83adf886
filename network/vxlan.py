"""The overlay between nodes: which kernel state makes other nodes' pods reachable, and how to get there. Pure.

    Node objects -> members() -> Overlay (what should be) + Kernel (what is) -> plan() -> Changes, in order

Each node has one VXLAN device without learning or multicast; everything in it is written by us. For every other
node three entries say all there is to know:

    route      10.1.2.0/24 via 10.1.2.0 onlink     its pods are behind the tunnel end 10.1.2.0
    neighbour  10.1.2.0 has hardware address M     so nobody asks (ARP) who that is
    forwarding M is at 192.168.0.12                the outer packet goes to that node

The tunnel end's address is the pod CIDR's first, which no pod gets, and its hardware address is made from that
CIDR: both follow from the Node object, so nodes need not publish anything, and cannot disagree. It is the same
scheme as flannel's, without its annotations. IPv6 pod CIDRs go through the same device.

The plan compares and changes only what differs: a node that joins adds its three entries, one that leaves takes
them along, all others carry traffic throughout. Only a device that was made otherwise (another id, port, local
address) is made anew. Entries are added from the bottom up (forwarding, neighbour, route) and removed from the
top down, so that no packet meets half of a tunnel.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pybernetes.api.object import Json, name_of

DEVICE = "pyb-vxlan"
VNI = 1
# The Linux kernel's historic port, which flannel uses too (IANA's is 4789).
PORT = 8472
# Outer IP header (20 or 40), UDP 8, VXLAN 8, inner Ethernet 14.
OVERHEAD_BYTES = {4: 50, 6: 70}
# Without a single hop of this size IPv6 does not work at all.
MIN_MTU_BYTES = 1280


@dataclass(frozen=True, slots=True)
class Member:
    """What a node is to the overlay: where it is, and which pods are behind it."""

    name: str
    address: str
    pod_cidrs: tuple[str, ...]

    @property
    def mac(self) -> str:
        """The hardware address of its tunnel end: locally administered, unicast, made from its first CIDR."""
        return tunnel_mac(self.pod_cidrs[0])

    @property
    def tunnel_ends(self) -> tuple[str, ...]:
        """Its tunnel end's address in each pod CIDR: the network's own."""
        return tuple(str(ipaddress.ip_network(cidr).network_address) for cidr in self.pod_cidrs)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What should be on one node."""

    own: Member
    others: tuple[Member, ...]
    underlay_mtu: int
    device: str = DEVICE
    vni: int = VNI
    port: int = PORT


@dataclass(frozen=True, slots=True)
class Device:
    """The tunnel device as the kernel has it."""

    vni: int
    port: int
    local: str
    learning: bool
    mac: str
    mtu: int
    up: bool


@dataclass(frozen=True, slots=True)
class Kernel:
    """What is on one node: the device and everything that hangs on it (links.read)."""

    device: Device | None = None
    addresses: frozenset[str] = frozenset()  # with prefix length
    routes: frozenset[tuple[str, str]] = frozenset()  # destination, gateway
    neighbours: frozenset[tuple[str, str]] = frozenset()  # address, hardware address
    forwarding: frozenset[tuple[str, str]] = frozenset()  # hardware address, node's address


@dataclass(frozen=True, slots=True)
class Change:
    """One line for `ip -batch` (tool "ip") or `bridge -batch` (tool "bridge")."""

    tool: str
    line: str


@dataclass(frozen=True, slots=True)
class Members:
    """The nodes of a list: ours (None until it has a pod CIDR and an address), and the others by name."""

    own: Member | None = None
    others: tuple[Member, ...] = field(default=())


def members(nodes: Iterable[Json], own_name: str) -> Members:
    """Read Node objects. Nodes without a pod CIDR, or without an address of our IP family, are left out."""
    by_name = {name_of(node): node for node in nodes}
    own = member(by_name[own_name]) if own_name in by_name else None
    if own is None:
        return Members()
    family = ipaddress.ip_address(own.address).version
    others = (member(node, family) for name, node in sorted(by_name.items()) if name != own_name)
    return Members(own, tuple(each for each in others if each is not None))


def member(node: Json, family: int | None = None) -> Member | None:
    """One Node as a member: its first InternalIP (of a family), and its pod CIDRs.

    None where one of them is missing, or is no address or network: one broken Node must not cost the others
    their network.
    """
    spec = node.get("spec") or {}
    cidrs = spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else [])
    try:
        networks = tuple(str(ipaddress.ip_network(cidr)) for cidr in cidrs)
    except ValueError:
        return None
    addresses = [
        str(each.get("address"))
        for each in (node.get("status") or {}).get("addresses") or ()
        if each.get("type") == "InternalIP" and _is_of_family(str(each.get("address")), family)
    ]
    return Member(name_of(node), addresses[0], networks) if networks and addresses else None


def _is_of_family(address: str, family: int | None) -> bool:
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return False
    return family is None or version == family


def tunnel_mac(pod_cidr: str) -> str:
    """A hardware address made from a pod CIDR: 4a:70 and the four bytes of IPv4, or of a hash of IPv6.

    Pod CIDRs of one cluster never overlap, so no two nodes' addresses are equal (with IPv6, by all odds).
    """
    network = ipaddress.ip_network(pod_cidr).network_address
    tail = network.packed if network.version == 4 else hashlib.sha256(network.packed).digest()[:4]
    return ":".join(f"{byte:02x}" for byte in b"\x4a\x70" + tail)


def pod_mtu(underlay_mtu: int, address: str) -> int:
    """The largest packet a pod may send so that it fits through the tunnel."""
    return max(underlay_mtu - OVERHEAD_BYTES[ipaddress.ip_address(address).version], MIN_MTU_BYTES)


def plan(wanted: Overlay, kernel: Kernel) -> list[Change]:
    """The changes that lead from `kernel` to `wanted`, in order; none if they agree."""
    changes: list[Change] = []
    actual = kernel
    if kernel.device is not None and not _same_tunnel(wanted, kernel.device):
        changes.append(Change("ip", f"link del {wanted.device}"))
        actual = Kernel()
    changes += _device_changes(wanted, actual.device)
    changes += _address_changes(wanted, actual)
    return changes + _entry_changes(wanted, actual)


def teardown(device: str, kernel: Kernel) -> list[Change]:
    """The changes that remove everything: what hangs on the device goes with it."""
    return [] if kernel.device is None else [Change("ip", f"link del {device}")]


def _same_tunnel(wanted: Overlay, device: Device) -> bool:
    """Whether the device is ours in what cannot be changed on it."""
    return (device.vni, device.port, device.local, device.learning) == (
        wanted.vni,
        wanted.port,
        wanted.own.address,
        False,
    )


def _device_changes(wanted: Overlay, device: Device | None) -> list[Change]:
    name, mac = wanted.device, wanted.own.mac
    mtu = pod_mtu(wanted.underlay_mtu, wanted.own.address)
    if device is None:
        made = (
            f"link add {name} address {mac} mtu {mtu} type vxlan id {wanted.vni} dstport {wanted.port}"
            f" local {wanted.own.address} nolearning"
        )
        return [Change("ip", made), Change("ip", f"link set {name} up")]
    changes = []
    if device.mac != mac:
        changes.append(Change("ip", f"link set {name} address {mac}"))
    if device.mtu != mtu:
        changes.append(Change("ip", f"link set {name} mtu {mtu}"))
    if not device.up:
        changes.append(Change("ip", f"link set {name} up"))
    return changes


def _address_changes(wanted: Overlay, kernel: Kernel) -> list[Change]:
    """Our own tunnel end: the source of what the node itself sends to pods elsewhere."""
    ours = {_host(address) for address in wanted.own.tunnel_ends}
    # `nodad`: nobody else can have it, so IPv6 need not look for a second owner before it may be used.
    return [
        *(Change("ip", f"addr del {each} dev {wanted.device}") for each in sorted(kernel.addresses - ours)),
        *(
            Change("ip", f"addr replace {each} dev {wanted.device}{' nodad' if ':' in each else ''}")
            for each in sorted(ours - kernel.addresses)
        ),
    ]


def _entry_changes(wanted: Overlay, kernel: Kernel) -> list[Change]:
    ends = [(other, end, cidr) for other in wanted.others for end, cidr in _ends(other)]
    routes = {(cidr, end) for _, end, cidr in ends}
    neighbours = {(end, other.mac) for other, end, _ in ends}
    forwarding = {(other.mac, other.address) for other in wanted.others}
    device = wanted.device
    # `replace` overwrites an entry of the same key: removing that one afterwards would remove the new one.
    kept_routes = {cidr for cidr, _ in routes}
    kept_neighbours = {end for end, _ in neighbours}
    gone_routes = [each for each in kernel.routes - routes if each[0] not in kept_routes]
    gone_neighbours = [each for each in kernel.neighbours - neighbours if each[0] not in kept_neighbours]
    return [
        *(Change("ip", f"route del {cidr} dev {device}") for cidr, _ in sorted(gone_routes)),
        *(Change("ip", f"neigh del {end} dev {device}") for end, _ in sorted(gone_neighbours)),
        *(
            Change("bridge", f"fdb del {mac} dev {device} dst {address}")
            for mac, address in sorted(kernel.forwarding - forwarding)
        ),
        *(
            Change("bridge", f"fdb append {mac} dev {device} dst {address} self permanent")
            for mac, address in sorted(forwarding - kernel.forwarding)
        ),
        *(
            Change("ip", f"neigh replace {end} lladdr {mac} dev {device} nud permanent")
            for end, mac in sorted(neighbours - kernel.neighbours)
        ),
        *(
            Change("ip", f"route replace {cidr} via {end} dev {device} onlink")
            for cidr, end in sorted(routes - kernel.routes)
        ),
    ]


def _ends(other: Member) -> Sequence[tuple[str, str]]:
    return list(zip(other.tunnel_ends, other.pod_cidrs, strict=True))


def _host(address: str) -> str:
    """An address as a network of one."""
    return f"{address}/{ipaddress.ip_address(address).max_prefixlen}"
