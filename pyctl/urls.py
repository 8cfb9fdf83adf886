"""The little of URLs that a request needs.

urllib.parse has it all, and brings ipaddress with it: together a tenth of what `get` takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATHS = _UNRESERVED | frozenset(b"/:@!$&'()*+,;=%")


class Server(NamedTuple):
    """Where a server is: ``https://[::1]:6443/prefix`` is (True, ``::1``, 6443, ``[::1]:6443``, ``/prefix``)."""

    tls: bool
    host: str
    port: int
    authority: str
    prefix: str


def split_server(url: str) -> Server:
    """The parts of a server's URL. Raises ValueError for a port that is no number."""
    scheme, _, rest = url.partition("://")
    authority, slash, prefix = rest.partition("/")
    authority = authority.rpartition("@")[2]
    tls = scheme.lower() == "https"
    host, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        host, port = authority, ""
    return Server(
        tls, host.strip("[]"), int(port) if port else 443 if tls else 80, authority, (slash + prefix).rstrip("/")
    )


def _escaped(text: str, kept: frozenset[int]) -> str:
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in text.encode())


def path_text(path: str) -> str:
    """A path as it goes into a request; what is escaped already stays so."""
    return _escaped(path, _IN_PATHS)


def query_text(query: Sequence[tuple[str, str]]) -> str:
    """``?a=1&b=x%2Cy``, or nothing."""
    pairs = [f"{_escaped(name, _UNRESERVED)}={_escaped(value, _UNRESERVED)}" for name, value in query]
    return "?" + "&".join(pairs) if pairs else ""
