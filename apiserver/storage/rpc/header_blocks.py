"""HPACK (RFC 7541) by the package hpack, which is asked once for each block that always means the same.

A block that holds nothing but references to the tables changes neither side's table, and means the same until another
block does. With gRPC, where every request and every answer looks like the one before it, that is nearly every block:
after the first few, a block costs a look-up in a dictionary instead of 10 us.
"""

from __future__ import annotations

from collections.abc import Mapping

from hpack import Decoder, Encoder, HPACKError

HeaderList = tuple[tuple[str, str], ...]

# Headers of one answer, decoded; gRPC's are some hundred bytes.
MAX_HEADER_LIST_BYTES = 1 << 16
_REMEMBERED = 256

# A byte of these is a whole reference: the top bit says so, and 0xff has more bytes after it.
_REFERENCES = bytes(range(0x80, 0xFF))


class BadHeaders(Exception):
    """A block that cannot be decoded: the tables of both sides are no longer the same."""


def _is_only_references(block: bytes) -> bool:
    return not block.translate(None, _REFERENCES)


class HeaderEncoder:
    """Our requests' headers, for one connection."""

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._known: dict[HeaderList, bytes] = {}

    def encode(self, headers: HeaderList) -> bytes:
        block = self._known.get(headers)
        if block is None:
            block = self._encoder.encode(headers)
            if not _is_only_references(block) or len(self._known) >= _REMEMBERED:
                self._known.clear()
            else:
                self._known[headers] = block
        return block

    def resize(self, size_bytes: int) -> None:
        """The peer keeps a table of this size. Ours gets no larger than everybody starts with."""
        self._encoder.header_table_size = min(size_bytes, 4096)
        self._known.clear()


class HeaderDecoder:
    """The answers' headers, for one connection. Where a name comes twice the last one counts: no name of gRPC does."""

    def __init__(self) -> None:
        self._decoder = Decoder(max_header_list_size=MAX_HEADER_LIST_BYTES)
        self._known: dict[bytes, Mapping[str, str]] = {}

    def decode(self, block: bytes) -> Mapping[str, str]:
        """Names, in lower case, with their values; not to be changed. Raises `BadHeaders`."""
        headers = self._known.get(block)
        if headers is None:
            try:
                pairs = self._decoder.decode(block, raw=True)
            except HPACKError as error:
                raise BadHeaders(f"the headers cannot be read: {error}") from error
            headers = {bytes(name).decode("latin-1"): bytes(value).decode("latin-1") for name, value in pairs}
            if not _is_only_references(block) or len(self._known) >= _REMEMBERED:
                self._known.clear()
            else:
                self._known[block] = headers
        return headers
