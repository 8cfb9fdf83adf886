"""Queries in, replies out, with every message built and read by dnslib."""

from __future__ import annotations

import random

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybernetes.dns import foreign, wire
from pybernetes.dns.records import PodMode
from pybernetes.dns.resolver import Ask, Resolver
from tests.dns.cluster import endpoint, endpoint_slice, index, question, resolver, service, texts

ZONE = "cluster.local"
WEB, PODS = f"web.ns.svc.{ZONE}", f"pods.ns.svc.{ZONE}"


def ask(name: str, type_: str = "A", *, of: Resolver | None = None, udp: bool = True) -> dnslib.DNSRecord:
    reply = (of or resolver()).respond(question(name, type_), udp=udp)
    assert isinstance(reply, bytes)
    return dnslib.DNSRecord.parse(reply)


@pytest.mark.parametrize(
    ("name", "type_", "rcode", "answers"),
    [
        (WEB, "A", "NOERROR", [f"{WEB} A 10.96.0.1"]),
        (WEB, "AAAA", "NOERROR", []),
        (WEB, "MX", "NOERROR", []),
        (f"dual.ns.svc.{ZONE}", "A", "NOERROR", [f"dual.ns.svc.{ZONE} A 10.96.0.2"]),
        (f"dual.ns.svc.{ZONE}", "AAAA", "NOERROR", [f"dual.ns.svc.{ZONE} AAAA fd00::2"]),
        (f"kubernetes.default.svc.{ZONE}", "A", "NOERROR", [f"kubernetes.default.svc.{ZONE} A 10.96.0.3"]),
        (PODS, "A", "NOERROR", [f"{PODS} A 10.1.0.{number}" for number in (1, 2, 4)]),
        (f"pod-0.{PODS}", "A", "NOERROR", [f"pod-0.{PODS} A 10.1.0.1"]),
        (f"10-1-0-2.{PODS}", "A", "NOERROR", [f"10-1-0-2.{PODS} A 10.1.0.2"]),
        (f"10-1-0-1.{PODS}", "A", "NXDOMAIN", []),
        (f"10-1-0-3.{PODS}", "A", "NXDOMAIN", []),
        (f"10-1-0-9.{WEB}", "A", "NOERROR", [f"10-1-0-9.{WEB} A 10.1.0.9"]),
        (f"empty.ns.svc.{ZONE}", "A", "NOERROR", []),
        (f"pending.ns.svc.{ZONE}", "A", "NXDOMAIN", []),
        (f"nobody.ns.svc.{ZONE}", "A", "NXDOMAIN", []),
        (f"web.other.svc.{ZONE}", "A", "NXDOMAIN", []),
        (f"ns.svc.{ZONE}", "A", "NOERROR", []),
        (f"bare.svc.{ZONE}", "A", "NOERROR", []),
        (f"other.svc.{ZONE}", "A", "NXDOMAIN", []),
        (f"svc.{ZONE}", "A", "NOERROR", []),
        (f"x.{ZONE}", "A", "NXDOMAIN", []),
        (f"a.b.c.{WEB}", "A", "NXDOMAIN", []),
        (f"_http._tcp.{WEB}", "SRV", "NOERROR", [f"_http._tcp.{WEB} SRV 0 100 80 {WEB}."]),
        (f"_http._tcp.{WEB}", "A", "NOERROR", [f"_http._tcp.{WEB} A 10.96.0.1"]),
        (f"_dns._udp.{WEB}", "SRV", "NOERROR", [f"_dns._udp.{WEB} SRV 0 100 53 {WEB}."]),
        (f"_dns._tcp.{WEB}", "SRV", "NXDOMAIN", []),
        (f"_other._tcp.{WEB}", "SRV", "NXDOMAIN", []),
        (f"_tcp.{WEB}", "SRV", "NOERROR", []),
        (f"_sctp.{WEB}", "SRV", "NXDOMAIN", []),
        (WEB, "SRV", "NOERROR", [f"{WEB} SRV 0 50 80 {WEB}.", f"{WEB} SRV 0 50 53 {WEB}."]),
        (
            f"_http._tcp.{PODS}",
            "SRV",
            "NOERROR",
            [f"_http._tcp.{PODS} SRV 0 33 8080 {name}.{PODS}." for name in ("pod-0", "10-1-0-2", "pod-4")],
        ),
        (f"1-2-3-4.ns.pod.{ZONE}", "A", "NOERROR", [f"1-2-3-4.ns.pod.{ZONE} A 1.2.3.4"]),
        (f"fd00--1.ns.pod.{ZONE}", "AAAA", "NOERROR", [f"fd00--1.ns.pod.{ZONE} AAAA fd00::1"]),
        (f"1-2-3-4.ns.pod.{ZONE}", "AAAA", "NOERROR", []),
        (f"1-2-3-4.other.pod.{ZONE}", "A", "NXDOMAIN", []),
        (f"1-2-3-400.ns.pod.{ZONE}", "A", "NXDOMAIN", []),
        (f"ns.pod.{ZONE}", "A", "NOERROR", []),
        ("1.0.96.10.in-addr.arpa", "PTR", "NOERROR", [f"1.0.96.10.in-addr.arpa PTR {WEB}."]),
        ("1.0.1.10.in-addr.arpa", "PTR", "NOERROR", [f"1.0.1.10.in-addr.arpa PTR pod-0.{PODS}."]),
        ("9.0.1.10.in-addr.arpa", "PTR", "NOERROR", [f"9.0.1.10.in-addr.arpa PTR 10-1-0-9.{WEB}."]),
        (f"dns-version.{ZONE}", "TXT", "NOERROR", [f'dns-version.{ZONE} TXT "1.1.0"']),
        (f"dns-version.{ZONE}", "A", "NOERROR", []),
        (ZONE, "A", "NOERROR", []),
        (ZONE, "NS", "NOERROR", [f"{ZONE} NS ns.dns.{ZONE}."]),
        (f"in.ns.svc.{ZONE}", "A", "NOERROR", [f"in.ns.svc.{ZONE} CNAME {WEB}.", f"{WEB} A 10.96.0.1"]),
        (f"in.ns.svc.{ZONE}", "CNAME", "NOERROR", [f"in.ns.svc.{ZONE} CNAME {WEB}."]),
        (f"lost.ns.svc.{ZONE}", "A", "NXDOMAIN", [f"lost.ns.svc.{ZONE} CNAME nobody.ns.svc.{ZONE}."]),
    ],
)
def test_names(name: str, type_: str, rcode: str, answers: list[str]) -> None:
    reply = ask(name, type_)
    assert dnslib.RCODE[reply.header.rcode] == rcode
    assert texts(reply.rr) == answers
    assert reply.header.aa
    assert all(record.ttl == 5 for record in reply.rr + reply.auth + reply.ar)
    if not answers:
        assert [dnslib.QTYPE[record.rtype] for record in reply.auth] == ["SOA"]


def test_additional_records_hold_the_targets_addresses() -> None:
    assert texts(ask(f"_http._tcp.{WEB}", "SRV").ar) == [f"{WEB} A 10.96.0.1"]
    assert texts(ask(f"_http._tcp.{PODS}", "SRV").ar) == [
        f"pod-0.{PODS} A 10.1.0.1",
        f"10-1-0-2.{PODS} A 10.1.0.2",
        f"pod-4.{PODS} A 10.1.0.4",
    ]


def test_reverse_of_ipv6() -> None:
    nibbles = ".".join("2" + "0" * 27 + "00df")
    assert texts(ask(f"{nibbles}.ip6.arpa", "PTR").rr) == [f"{nibbles}.ip6.arpa PTR dual.ns.svc.{ZONE}."]


@pytest.mark.parametrize(
    ("pods", "name", "rcode"),
    [
        ("disabled", f"1-2-3-4.ns.pod.{ZONE}", "NXDOMAIN"),
        ("disabled", f"pod.{ZONE}", "NXDOMAIN"),
        ("verified", f"1-2-3-4.ns.pod.{ZONE}", "NXDOMAIN"),
        ("verified", f"10-1-0-7.ns.pod.{ZONE}", "NOERROR"),
        ("verified", f"10-1-0-7.default.pod.{ZONE}", "NXDOMAIN"),
    ],
)
def test_pod_modes(pods: PodMode, name: str, rcode: str) -> None:
    assert dnslib.RCODE[ask(name, of=resolver(pods)).header.rcode] == rcode


@pytest.mark.parametrize("name", ["www.example.com", "com", ".", "4.4.8.8.in-addr.arpa", f"x{ZONE}", "local"])
def test_other_names_are_for_upstream(name: str) -> None:
    found = resolver().respond(question(name), udp=True)
    assert isinstance(found, Ask)
    assert found.aliases == ()


def test_an_alias_outside_is_followed_upstream() -> None:
    found = resolver().respond(question(f"out.ns.svc.{ZONE}"), udp=True)
    assert isinstance(found, Ask)
    assert found.name == wire.encode_name("www.example.com")
    address = wire.address_record("192.0.2.1", 60)
    message = wire.reply(found.query, found.complete(wire.Answer(answers=(address,))), limit=512)
    assert texts(dnslib.DNSRecord.parse(message).rr) == [
        f"out.ns.svc.{ZONE} CNAME www.example.com.",
        "www.example.com A 192.0.2.1",
    ]


def test_aliases_in_a_circle_end() -> None:
    assert dnslib.RCODE[ask(f"loop.ns.svc.{ZONE}").header.rcode] == "SERVFAIL"


def test_until_everything_is_known_names_of_the_cluster_fail() -> None:
    young = resolver()
    young.ready = False
    assert dnslib.RCODE[ask(WEB, of=young).header.rcode] == "SERVFAIL"
    assert isinstance(young.respond(question("example.com"), udp=True), Ask)
    young.ready = True
    assert dnslib.RCODE[ask(WEB, of=young).header.rcode] == "NOERROR"


def test_the_spelling_of_the_question_comes_back() -> None:
    for name in ("WeB.nS.sVc.cLuStEr.LoCaL", "web.NS.svc.cluster.local"):
        reply = ask(name)
        assert str(reply.q.qname) == name + "."
        assert str(reply.rr[0].rname) == name + "."


def test_the_same_query_again_is_answered_from_memory_and_with_its_own_id() -> None:
    one = resolver()
    query = bytearray(question(WEB))
    first = one.respond(bytes(query), udp=True)
    query[0:2] = b"\x12\x34"
    second = one.respond(bytes(query), udp=True)
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    assert second[:2] == b"\x12\x34"
    assert second[2:] == first[2:]


def test_memory_never_outlives_a_change() -> None:
    one = resolver()
    for address in ("10.96.0.1", "10.96.0.77", "10.96.0.78"):
        one.index.service_is("ns/web", service("web", clusterIP=address))
        for _ in range(3):
            assert [str(record.rdata) for record in ask(WEB, of=one).rr] == [address]
    one.index.service_is("ns/web", None)
    assert dnslib.RCODE[ask(WEB, of=one).header.rcode] == "NXDOMAIN"


def test_clients_that_take_the_first_address_spread_out() -> None:
    one = resolver()
    seen = {str(ask(PODS, of=one).rr[0].rdata) for _ in range(9)}
    assert seen == {"10.1.0.1", "10.1.0.2", "10.1.0.4"}


@pytest.mark.parametrize(
    ("change", "rcode"),
    [
        (lambda q: setattr(q.q, "qtype", 255), "REFUSED"),
        (lambda q: setattr(q.q, "qtype", 252), "REFUSED"),
        (lambda q: setattr(q.q, "qclass", 3), "REFUSED"),
        (lambda q: setattr(q.header, "opcode", 2), "NOTIMP"),
        (lambda q: q.add_question(dnslib.DNSQuestion("x.example")), "FORMERR"),
        (lambda q: q.questions.clear(), "FORMERR"),
        (lambda q: q.add_ar(dnslib.EDNS0(version=1)), 16),
    ],
)
def test_what_is_turned_down(change: object, rcode: str | int) -> None:
    query = dnslib.DNSRecord.question(WEB)
    change(query)  # type: ignore[operator]
    reply = resolver().respond(bytes(query.pack()), udp=True)
    assert isinstance(reply, bytes)
    parsed = dnslib.DNSRecord.parse(reply)
    full = parsed.header.rcode | (parsed.ar[0].ttl >> 24 << 4 if parsed.ar else 0)
    assert dnslib.RCODE.get(full, full) == rcode
    assert parsed.header.id == query.header.id


def many_endpoints(count: int) -> Resolver:
    made = index()
    made.service_is("ns/many", service("many", clusterIP="None"))
    made.slice_is("ns/many-1", endpoint_slice("many", *(endpoint(f"10.2.{n // 250}.{n % 250}") for n in range(count))))
    one = Resolver(made, resolver()._stats)
    one.ready = True
    return one


@pytest.mark.parametrize(
    ("udp_bytes", "udp", "limit", "whole"),
    [(0, True, 512, False), (4096, True, 1232, False), (600, True, 600, False), (0, False, 65535, True)],
)
def test_what_does_not_fit_is_left_out_and_said_so(udp_bytes: int, udp: bool, limit: int, whole: bool) -> None:
    one = many_endpoints(100)
    query = question(f"many.ns.svc.{ZONE}", udp_bytes=udp_bytes)
    for _ in range(3):
        reply = one.respond(query, udp=udp)
        assert isinstance(reply, bytes)
        assert len(reply) <= limit
        parsed = dnslib.DNSRecord.parse(reply)
        assert bool(parsed.header.tc) is not whole
        assert len(parsed.rr) == (100 if whole else (limit - 12 - len(query[12:]) + 0) // 16)
        assert len([r for r in parsed.ar if r.rtype == 41]) == bool(udp_bytes)


def test_edns_is_answered_with_edns() -> None:
    reply = dnslib.DNSRecord.parse(resolver().respond(question(WEB, udp_bytes=4096, edns_flags="do"), udp=True))
    (opt,) = reply.ar
    assert opt.rclass == wire.OUR_UDP_BYTES
    assert opt.ttl & 0x8000


@pytest.mark.parametrize("message", [b"", b"x", b"\0" * 11])
def test_what_is_no_message_gets_no_reply(message: bytes) -> None:
    assert resolver().respond(message, udp=True) is None


def test_a_reply_gets_no_reply() -> None:
    reply = resolver().respond(question(WEB), udp=True)
    assert isinstance(reply, bytes)
    assert resolver().respond(reply, udp=True) is None


@given(st.binary(max_size=200))
def test_noise_does_no_harm(noise: bytes) -> None:
    one = resolver()
    for message in (noise, question(WEB)[:12] + noise, question(WEB) + noise):
        found = one.respond(message, udp=True)
        assert found is None or isinstance(found, (bytes, Ask))


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_damaged_queries_do_no_harm(seed: int, damages: int) -> None:
    chance = random.Random(seed)
    one = resolver()
    message = bytearray(question(f"_http._tcp.{PODS}", "SRV", udp_bytes=1232))
    for _ in range(damages):
        message[chance.randrange(len(message))] = chance.randrange(256)
    found = one.respond(bytes(message), udp=True)
    if isinstance(found, bytes):
        assert found[:2] == message[:2]
        if found[4:6] == b"\0\1":  # dnslib cannot read names that are not UTF-8
            assert foreign.parse_reply(found).id == int.from_bytes(message[:2], "big")


@given(
    st.lists(st.text("abc-_1*", min_size=1, max_size=12), min_size=0, max_size=8),
    st.sampled_from([1, 28, 33, 12, 16, 5]),
)
def test_any_name_of_the_cluster_has_an_answer(labels: list[str], type_: int) -> None:
    name = ".".join([*labels, "ns", "svc", ZONE])
    reply = resolver().respond(bytes(dnslib.DNSRecord(q=dnslib.DNSQuestion(name, type_)).pack()), udp=True)
    assert isinstance(reply, bytes)
    parsed = dnslib.DNSRecord.parse(reply)
    assert dnslib.RCODE[parsed.header.rcode] in ("NOERROR", "NXDOMAIN")
    assert parsed.rr or parsed.auth
