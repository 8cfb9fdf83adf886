"""The address under which others reach this machine."""

from __future__ import annotations

import socket


def advertised_address(bind_address: str) -> str:
    """The bind address if it is one; else the address that this machine would use to reach the outside.

    No packet is sent: connecting a datagram socket only looks up the route.
    """
    if bind_address not in ("", "0.0.0.0", "::"):
        return bind_address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: routed like any outside address
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address
