"""Parts of equal size of a range of addresses, each given out once. Pure bookkeeping, no I/O.

Counterpart: pkg/controller/nodeipam/ipam/cidrset.
"""

from __future__ import annotations

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST_BITS = 16  # parts: so many bits make 65536 nodes, which is as far as a table should go


class CIDRSetError(ValueError):
    """The range cannot be divided so, or an address range does not lie in it."""


class CIDRSet:
    """The parts of `cluster` with a mask of `mask_size` bits, and which of them are taken."""

    def __init__(self, cluster: str, mask_size: int):
        self.network: Network = ipaddress.ip_network(cluster)
        bits = mask_size - self.network.prefixlen
        if bits < 0 or bits > _MOST_BITS or mask_size > self.network.max_prefixlen:
            raise CIDRSetError(f"mask size {mask_size} does not divide {cluster} into 1 to {2**_MOST_BITS} parts")
        self._mask_size, self._size = mask_size, 1 << bits
        self._taken: set[int] = set()
        self._next = 0

    def take(self) -> str | None:
        """A free part, or None when all are taken. One that was given back is reused as late as can be."""
        for step in range(self._size):
            index = (self._next + step) % self._size
            if index not in self._taken:
                self._taken.add(index)
                self._next = index + 1
                return self._part(index)
        return None

    def occupy(self, cidr: str) -> None:
        """Take every part that `cidr` meets. Raises `CIDRSetError` when it lies elsewhere."""
        self._taken.update(self._indices(cidr))

    def give_back(self, cidr: str) -> None:
        self._taken.difference_update(self._indices(cidr))

    def __len__(self) -> int:
        """How many parts are taken."""
        return len(self._taken)

    @property
    def _step(self) -> int:
        return 1 << (self.network.max_prefixlen - self._mask_size)

    def _part(self, index: int) -> str:
        first = int(self.network.network_address) + index * self._step
        address = ipaddress.ip_address(first) if self.network.version == 4 else ipaddress.IPv6Address(first)
        return f"{address}/{self._mask_size}"

    def _indices(self, cidr: str) -> range:
        network = ipaddress.ip_network(cidr)
        if network.version != self.network.version or not network.overlaps(self.network):
            raise CIDRSetError(f"{cidr} is not in {self.network}")
        base = int(self.network.network_address)
        first = max(0, int(network.network_address) - base) // self._step
        last = min(int(network.broadcast_address) - base, self._size * self._step - 1) // self._step
        return range(first, last + 1)
