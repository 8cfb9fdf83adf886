"""Replies of other resolvers, made into answers of the same form as our own. Bytes in, values out, no I/O.

Names in a reply may point to other places in it. Here each record is taken out with its names spelled in full, so
that it stands for itself and can be kept, aged, put after a CNAME of ours, or left out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from pybernetes.dns import wire
from pybernetes.dns.wire import Answer, Record, WireError

_TTL = struct.Struct("!I")
# Types whose data holds names that may be compressed: (bytes before the first name, how many names)
_NAMES_IN_DATA = {
    wire.NS: (0, 1),
    wire.CNAME: (0, 1),
    wire.SOA: (0, 2),
    wire.PTR: (0, 1),
    14: (0, 2),  # MINFO
    15: (2, 1),  # MX
    17: (0, 2),  # RP
    18: (2, 1),  # AFSDB
    21: (2, 1),  # RT
    wire.SRV: (6, 1),
    36: (2, 1),  # KX
    39: (0, 1),  # DNAME
}
_MOST_RECORDS = 4096  # a message of 64 KiB holds at most this many records of the smallest useful size


@dataclass(frozen=True, slots=True)
class ForeignReply:
    """A reply to one question. `name` is in lower case; `answer` is empty when it was truncated."""

    id: int
    name: bytes
    type: int
    truncated: bool
    answer: Answer


def parse_reply(message: bytes) -> ForeignReply:
    """A whole reply. Raises `WireError`."""
    if len(message) < wire.HEADER_BYTES:
        raise WireError("shorter than a header")
    number, flags, questions, answers, authority, additional = struct.unpack_from("!HHHHHH", message)
    if not flags & wire.QR or questions != 1:
        raise WireError("not a reply to one question")
    if answers + authority + additional > _MOST_RECORDS:
        raise WireError("too many records")
    name, at = wire.read_name(message, wire.HEADER_BYTES)
    if at + 4 > len(message):
        raise WireError("question is cut short")
    (type_,) = struct.unpack_from("!H", message, at)
    name = name.lower()
    if flags & wire.TC:
        return ForeignReply(number, name, type_, True, Answer())
    sections: list[tuple[bytes, ...]] = []
    at, rcode = at + 4, flags & 0xF
    for count in (answers, authority, additional):
        section = []
        for record in wire.walk_records(message, at, count):
            at = record.end
            if record.type == wire.OPT:
                rcode |= (record.ttl >> 24) << 4
            else:
                section.append(whole_record(message, record, name))
        sections.append(tuple(section))
    return ForeignReply(number, name, type_, False, Answer(rcode, sections[0], sections[1], sections[2]))


def whole_record(message: bytes, record: Record, question: bytes) -> bytes:
    """A record with every name in full; its owner is a pointer to the question where that is its name."""
    data = message[record.data : record.end]
    if record.type in _NAMES_IN_DATA:
        before, names = _NAMES_IN_DATA[record.type]
        parts, at = [message[record.data : record.data + before]], record.data + before
        for _ in range(names):
            name, at = wire.read_name(message, at)
            parts.append(name)
        if at > record.end:
            raise WireError("a name runs past its record")
        data = b"".join([*parts, message[at : record.end]])
    owner = wire.TO_QUESTION if record.owner.lower() == question else record.owner
    return owner + struct.pack("!HHIH", record.type, record.class_, record.ttl, len(data)) + data


def owned_by(record: bytes, owner: bytes) -> bytes:
    """The record with this owner, if it belongs to the question so far."""
    return owner + record[2:] if record.startswith(wire.TO_QUESTION) else record


def _ttl_at(record: bytes) -> int:
    at = 0
    while record[at]:
        if record[at] >= 0xC0:
            return at + 6
        at += 1 + record[at]
    return at + 5


def ttl_of(record: bytes) -> int:
    """Seconds that a record may be kept. A value with the top bit set counts as none (RFC 2181)."""
    ttl = int(_TTL.unpack_from(record, _ttl_at(record))[0])
    return ttl if ttl < 1 << 31 else 0


def with_ttl(record: bytes, ttl: int) -> bytes:
    at = _ttl_at(record)
    return record[:at] + _TTL.pack(ttl) + record[at + 4 :]


def keep_seconds(answer: Answer) -> int:
    """For how long an answer may be kept: what its records say, or for "there is none" what the SOA beside it says."""
    if answer.rcode not in (wire.NOERROR, wire.NXDOMAIN):
        return 0
    if answer.answers and answer.rcode == wire.NOERROR:
        return min(ttl_of(record) for record in (*answer.answers, *answer.authority))
    for record in answer.authority:
        at = _ttl_at(record)
        if struct.unpack_from("!H", record, at - 4)[0] == wire.SOA:
            return min(ttl_of(record), int(_TTL.unpack_from(record, len(record) - 4)[0]))
    return 0
