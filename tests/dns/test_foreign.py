"""Replies of other resolvers, and how long they are kept."""

from __future__ import annotations

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybernetes.dns import foreign, wire
from pybernetes.dns.cache import AnswerCache
from pybernetes.dns.resolv_conf import Upstream, parse_resolv_conf, parse_upstream, without_own
from pybernetes.dns.wire import Answer, Query, WireError

ZONE = """\
{name} 300 IN CNAME alias.example.com.
alias.example.com. 60 IN A 192.0.2.1
{name} 300 IN MX 10 mail.example.com.
{name} 300 IN TXT "some text"
{name} 300 IN SRV 1 2 3 target.example.com.
example.com. 120 IN SOA ns.example.com. host.example.com. 1 2 3 4 7
example.com. 120 IN NS ns.example.com.
{name} 30 IN CAA 0 issue "ca.example.net"
"""


def reply_with(*lines: str, rcode: int = 0, auth: tuple[str, ...] = (), name: str = "www.example.com") -> bytes:
    """A reply as dnslib builds it, with names compressed wherever it can."""
    record = dnslib.DNSRecord(dnslib.DNSHeader(id=7, qr=1, ra=1, rcode=rcode), q=dnslib.DNSQuestion(name))
    for line in lines:
        record.add_answer(*dnslib.RR.fromZone(line))
    for line in auth:
        record.add_auth(*dnslib.RR.fromZone(line))
    record.add_ar(dnslib.EDNS0(udp_len=4096))
    return bytes(record.pack())


def again(answer: Answer, name: str = "www.example.com") -> dnslib.DNSRecord:
    """The answer, sent to a client and read by dnslib."""
    question = wire.encode_name(name) + b"\0\1\0\1"
    query = Query(9, wire.RD, wire.encode_name(name), wire.A, wire.IN, question)
    return dnslib.DNSRecord.parse(wire.reply(query, answer, limit=4096))


@pytest.mark.parametrize("line", ZONE.format(name="www.example.com.").splitlines())
def test_each_record_stands_for_itself(line: str) -> None:
    first = "www.example.com. 300 IN CNAME other.example.com."
    parsed = foreign.parse_reply(reply_with(first, line))
    alone = Answer(answers=parsed.answer.answers[1:])
    (expected,) = dnslib.RR.fromZone(line)
    (found,) = again(alone).rr
    assert found == expected
    assert found.ttl == expected.ttl


def test_a_reply_is_read_whole() -> None:
    parsed = foreign.parse_reply(reply_with("WWW.example.com. 5 IN A 192.0.2.1", name="WWW.Example.Com"))
    assert (parsed.id, parsed.name, parsed.type) == (7, wire.encode_name("www.example.com"), wire.A)
    assert parsed.answer.answers[0].startswith(wire.TO_QUESTION)
    assert not parsed.answer.additional


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        (reply_with("www.example.com. 60 IN A 1.1.1.1", "www.example.com. 20 IN A 1.1.1.2"), 20),
        (reply_with("www.example.com. 0 IN A 1.1.1.1"), 0),
        (reply_with(), 0),
        (reply_with(auth=("example.com. 120 IN SOA a. b. 1 2 3 4 7",)), 7),
        (reply_with(auth=("example.com. 4 IN SOA a. b. 1 2 3 4 7",), rcode=3), 4),
        (reply_with(rcode=2), 0),
    ],
)
def test_how_long_an_answer_may_be_kept(message: bytes, seconds: int) -> None:
    assert foreign.keep_seconds(foreign.parse_reply(message).answer) == seconds


def test_what_is_kept_ages_and_ends() -> None:
    cache, key = AnswerCache(), (b"\0", 1, False)
    cache.put(key, foreign.parse_reply(reply_with("www.example.com. 300 IN A 1.1.1.1")).answer, 100.0)
    for at, ttl in ((100.0, 300), (110.5, 290), (129.9, 271)):
        found = cache.get(key, at)
        assert found is not None
        assert again(found).rr[0].ttl == ttl
    assert cache.get(key, 130.0) is None
    assert len(cache) == 0


def test_what_is_kept_is_bounded_and_the_oldest_goes() -> None:
    cache = AnswerCache(most_answers=3)
    answer = foreign.parse_reply(reply_with("www.example.com. 300 IN A 1.1.1.1")).answer
    for number in range(5):
        cache.put((bytes([number]), 1, False), answer, 0.0)
    assert len(cache) == 3
    assert cache.get((b"\1", 1, False), 1.0) is None
    assert cache.get((b"\4", 1, False), 1.0) is not None


@given(st.binary(max_size=120), st.integers(0, 400), st.integers(0, 255))
def test_hostile_replies_are_refused_or_read(tail: bytes, at: int, value: int) -> None:
    good = bytearray(reply_with(*ZONE.format(name="www.example.com.").splitlines()))
    good[at % len(good)] = value
    for message in (bytes(good), bytes(good[:at]), bytes(good[:12]) + tail):
        try:
            parsed = foreign.parse_reply(message)
        except WireError:
            continue
        foreign.keep_seconds(parsed.answer)


def test_names_that_point_in_a_circle_end() -> None:
    message = b"\0\7\x80\0\0\1\0\0\0\0\0\0" + b"\xc0\x0c" + b"\0\1\0\1"
    with pytest.raises(WireError):
        foreign.parse_reply(message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.1.1.1", Upstream("1.1.1.1")),
        ("1.1.1.1:5353", Upstream("1.1.1.1", 5353)),
        ("fd00::1", Upstream("fd00::1")),
        ("[fd00::1]:5353", Upstream("fd00::1", 5353)),
    ],
)
def test_upstreams(text: str, expected: Upstream) -> None:
    assert parse_upstream(text) == expected


def test_upstreams_must_be_addresses() -> None:
    with pytest.raises(ValueError, match="example"):
        parse_upstream("example")


def test_resolv_conf() -> None:
    text = (
        "# x\nsearch a b\nnameserver 1.1.1.1\nnameserver fe80::1%eth0 \nnameserver 1.1.1.1\nnameserver\nnameserver ::1"
    )
    assert parse_resolv_conf(text) == [Upstream("1.1.1.1"), Upstream("fe80::1%eth0"), Upstream("::1")]
    assert parse_resolv_conf("nameserver example.com") == []


def test_oneself_is_not_upstream() -> None:
    assert without_own([Upstream("10.0.0.1"), Upstream("1.1.1.1")], [Upstream("10.0.0.1")]) == [Upstream("1.1.1.1")]
