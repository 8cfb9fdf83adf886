"""DNS messages, as far as a server of a cluster needs them. Bytes in, values out, no I/O.

A reply is put together from resource records that are ready as bytes. A record names its owner by a pointer to the
question (or in full) and nothing in it points anywhere else, so records may be turned around, left out when a datagram
is too small, and kept for the next query; and the question goes back in the very spelling it came in, which clients
check (0x20). Whatever comes in is hostile until parsed: every read is within bounds, or raises `WireError`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

A, NS, CNAME, SOA, PTR, TXT, AAAA, SRV, OPT, ANY, HINFO = 1, 2, 5, 6, 12, 16, 28, 33, 41, 255, 13
IN = 1
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
TYPE_NAMES = {
    A: "A",
    NS: "NS",
    CNAME: "CNAME",
    SOA: "SOA",
    PTR: "PTR",
    TXT: "TXT",
    AAAA: "AAAA",
    SRV: "SRV",
    ANY: "ANY",
}
RCODE_NAMES = {
    NOERROR: "NOERROR",
    FORMERR: "FORMERR",
    SERVFAIL: "SERVFAIL",
    NXDOMAIN: "NXDOMAIN",
    NOTIMP: "NOTIMP",
    REFUSED: "REFUSED",
    BADVERS: "BADVERS",
}

QR, AA, TC, RD, RA, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0010
_OPCODE_MASK, _RCODE_MASK = 0x7800, 0x000F
DO = 0x8000

HEADER_BYTES = 12
PLAIN_UDP_BYTES = 512  # what a client without EDNS takes (RFC 1035)
OUR_UDP_BYTES = 1232  # fits an IPv6 packet on any path without fragments (DNS flag day 2020)
MOST_BYTES = 65535
_MOST_NAME_BYTES = 255
_MOST_POINTERS = 64

TO_QUESTION = b"\xc0\x0c"
_HEADER = struct.Struct("!HHHHHH")
_QUESTION_END = struct.Struct("!HH")
_RECORD = struct.Struct("!HHIH")


class WireError(ValueError):
    """Not a DNS message, or one that breaks its own rules."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query with one question. `name` is the question's name in wire form, in lower case.

    `question` is the section as it came. `udp_bytes` is what the client takes in a datagram.
    """

    id: int
    flags: int
    name: bytes
    type: int
    class_: int
    question: bytes
    edns: bool = False
    dnssec_ok: bool = False
    udp_bytes: int = PLAIN_UDP_BYTES
    edns_version: int = 0

    @property
    def opcode(self) -> int:
        return (self.flags & _OPCODE_MASK) >> 11


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply says. Records are whole, as `record` makes them."""

    rcode: int = NOERROR
    answers: tuple[bytes, ...] = ()
    authority: tuple[bytes, ...] = ()
    additional: tuple[bytes, ...] = ()
    authoritative: bool = False


def parse_query(message: bytes) -> Query:
    """The query in a message. Raises `WireError` when it has not exactly one well-formed question."""
    if len(message) < HEADER_BYTES:
        raise WireError("shorter than a header")
    number, flags, questions, answers, authority, additional = _HEADER.unpack_from(message)
    if flags & QR:
        raise WireError("a reply, not a query")
    if questions != 1:
        raise WireError(f"{questions} questions")
    end = _skip_plain_name(message, HEADER_BYTES)
    if end + 4 > len(message):
        raise WireError("question is cut short")
    type_, class_ = _QUESTION_END.unpack_from(message, end)
    name, question = message[HEADER_BYTES:end].lower(), message[HEADER_BYTES : end + 4]
    if not answers and not authority and not additional:
        return Query(number, flags, name, type_, class_, question)
    edns = _find_edns(message, end + 4, answers + authority + additional)
    if edns is None:
        return Query(number, flags, name, type_, class_, question)
    udp_bytes, ttl = edns
    return Query(
        number,
        flags,
        name,
        type_,
        class_,
        question,
        edns=True,
        dnssec_ok=bool(ttl & DO),
        udp_bytes=max(PLAIN_UDP_BYTES, udp_bytes),
        edns_version=ttl >> 16 & 0xFF,
    )


def _skip_plain_name(message: bytes, start: int) -> int:
    """The offset after a name that has no pointers."""
    at = start
    while True:
        if at >= len(message):
            raise WireError("name runs past the end")
        length = message[at]
        if length > 63:
            raise WireError("pointer or unknown label in a question")
        at += 1 + length
        if at - start > _MOST_NAME_BYTES:
            raise WireError("name is too long")
        if length == 0:
            return at


def _find_edns(message: bytes, at: int, records: int) -> tuple[int, int] | None:
    """(class, TTL) of the OPT record, which carry the client's datagram size and EDNS flags."""
    found = None
    for record in walk_records(message, at, records):
        if record.type == OPT:
            if found is not None or record.owner != b"\0":
                raise WireError("more than one OPT record, or one with a name")
            found = (record.class_, record.ttl)
    return found


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a message. `start`, `data` and `end` are offsets; `owner` is in wire form without pointers."""

    owner: bytes
    type: int
    class_: int
    ttl: int
    start: int
    ttl_at: int
    data: int
    end: int


def walk_records(message: bytes, at: int, count: int) -> Iterator[Record]:
    """The next `count` records from an offset on. Raises `WireError`."""
    for _ in range(count):
        owner, after = read_name(message, at)
        if after + _RECORD.size > len(message):
            raise WireError("record is cut short")
        type_, class_, ttl, length = _RECORD.unpack_from(message, after)
        data = after + _RECORD.size
        if data + length > len(message):
            raise WireError("data of a record is cut short")
        yield Record(owner, type_, class_, ttl, at, after + 4, data, data + length)
        at = data + length


def read_name(message: bytes, at: int) -> tuple[bytes, int]:
    """(the name in wire form without pointers, the offset after it). Raises `WireError`."""
    parts: list[bytes] = []
    size, jumps, after = 0, 0, -1
    while True:
        if at >= len(message):
            raise WireError("name runs past the end")
        length = message[at]
        if length >= 0xC0:
            if at + 2 > len(message) or jumps == _MOST_POINTERS:
                raise WireError("bad pointer")
            after = at + 2 if after < 0 else after
            at, jumps = (length & 0x3F) << 8 | message[at + 1], jumps + 1
            continue
        if length > 63:
            raise WireError("unknown label")
        size += 1 + length
        if size > _MOST_NAME_BYTES or at + 1 + length > len(message):
            raise WireError("name is too long")
        parts.append(message[at : at + 1 + length])
        at += 1 + length
        if length == 0:
            return b"".join(parts), at if after < 0 else after


def encode_name(text: str) -> bytes:
    """A dotted name in wire form. Raises `WireError`."""
    labels = [label.encode() for label in text.rstrip(".").split(".") if label]
    if any(len(label) > 63 for label in labels):
        raise WireError(f"{text!r} has a label of more than 63 bytes")
    result = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    if len(result) > _MOST_NAME_BYTES:
        raise WireError(f"{text!r} is too long")
    return result


def labels_of(name: bytes) -> list[str] | None:
    """The labels of a plain name in wire form, or None when one is not printable ASCII (so no name of ours)."""
    labels, at = [], 0
    while name[at]:
        label = name[at + 1 : at + 1 + name[at]]
        if not label.isascii() or b"." in label:
            return None
        labels.append(label.decode())
        at += 1 + name[at]
    return labels


def record(type_: int, data: bytes, ttl: int, owner: bytes = TO_QUESTION) -> bytes:
    """A record as bytes; it belongs to the question's name unless told otherwise."""
    return owner + _RECORD.pack(type_, IN, ttl, len(data)) + data


def address_record(address: str, ttl: int, owner: bytes = TO_QUESTION) -> bytes:
    """An A or AAAA record."""
    if ":" in address:
        return record(AAAA, IPv6Address(address).packed, ttl, owner)
    return record(A, IPv4Address(address).packed, ttl, owner)


def srv_record(priority: int, weight: int, port: int, target: bytes, ttl: int) -> bytes:
    return record(SRV, struct.pack("!HHH", priority, weight, port) + target, ttl)


def soa_record(zone: bytes, server: bytes, mailbox: bytes, serial: int, negative_ttl: int, ttl: int) -> bytes:
    times = struct.pack("!IIIII", serial, 7200, 1800, 86400, negative_ttl)
    return record(SOA, server + mailbox + times, ttl, zone)


def reply(query: Query, answer: Answer, *, limit: int, recursion: bool = True, turn: int = 0) -> bytes:
    """The message that answers a query, of at most `limit` bytes.

    What does not fit is left out: first additional records, silently; then others, and the reply says so (TC).
    `turn` is how far to turn the answers around, so that clients that take the first one spread out.
    """
    answers = answer.answers
    if turn and len(answers) > 1:
        by = turn % len(answers)
        answers = answers[by:] + answers[:by]
    opt = _our_opt(query, answer.rcode) if query.edns else b""
    room = limit - HEADER_BYTES - len(query.question) - len(opt)
    kept, room, truncated = _fit(answers, room)
    authority, room, cut = _fit(answer.authority, 0 if truncated else room)
    additional, _, _ = _fit(answer.additional, 0 if truncated or cut else room)
    flags = QR | (query.flags & (_OPCODE_MASK | RD | CD)) | (answer.rcode & _RCODE_MASK)
    if answer.authoritative:
        flags |= AA
    if recursion:
        flags |= RA
    if truncated or cut:
        flags |= TC
    counts = len(kept), len(authority), len(additional) + bool(opt)
    header = _HEADER.pack(query.id, flags, 1, *counts)
    return b"".join((header, query.question, *kept, *authority, *additional, opt))


def _fit(records: tuple[bytes, ...], room: int) -> tuple[tuple[bytes, ...], int, bool]:
    """(the records from the first on that fit, the room left, whether some did not)."""
    size = 0
    for index, each in enumerate(records):
        size += len(each)
        if size > room:
            return records[:index], 0, True
    return records, room - size, False


def _our_opt(query: Query, rcode: int) -> bytes:
    ttl = (rcode >> 4) << 24 | (DO if query.dnssec_ok else 0)
    return b"\0" + _RECORD.pack(OPT, OUR_UDP_BYTES, ttl, 0)


def refusal(message: bytes, rcode: int) -> bytes | None:
    """A bare header that turns down what could not be parsed; None for what deserves no reply at all."""
    if len(message) < HEADER_BYTES:
        return None
    number, flags = struct.unpack_from("!HH", message)
    if flags & QR:
        return None
    return _HEADER.pack(number, QR | (flags & (_OPCODE_MASK | RD)) | rcode, 0, 0, 0, 0)


def ask(number: int, name: bytes, type_: int, *, class_: int = IN, dnssec_ok: bool = False, flags: int = RD) -> bytes:
    """A query of our own, with EDNS."""
    opt = b"\0" + _RECORD.pack(OPT, OUR_UDP_BYTES, DO if dnssec_ok else 0, 0)
    return _HEADER.pack(number, flags, 1, 0, 0, 1) + name + _QUESTION_END.pack(type_, class_) + opt
