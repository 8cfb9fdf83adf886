"""Asking other resolvers: real ones on loopback, good, slow, broken and hostile."""

from __future__ import annotations

import asyncio
import socket
import time

from pybernetes.component.clock import FakeClock
from pybernetes.dns import wire
from pybernetes.dns.metrics import Stats
from pybernetes.dns.resolv_conf import Upstream
from pybernetes.dns.upstream import Forwarder
from pybernetes.dns.wire import Answer
from tests.dns.resolvers import serving, silent, with_address, with_many, with_rcode

WWW = wire.encode_name("www.example.com")


def forwarder(*upstreams: Upstream, try_seconds: float = 0.2, most_in_flight: int = 100) -> tuple[Forwarder, FakeClock]:
    clock = FakeClock()
    made = Forwarder(upstreams, clock=clock, stats=Stats("x"), try_seconds=try_seconds, most_in_flight=most_in_flight)
    return made, clock


def nobody() -> Upstream:
    """A port where nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return Upstream("127.0.0.1", found.getsockname()[1])


def addresses(answer: Answer) -> list[str]:
    return [".".join(map(str, record[-4:])) for record in answer.answers]


async def test_an_answer_is_kept_for_its_time() -> None:
    async with serving(with_address(ttl=20)) as resolver:
        made, clock = forwarder(resolver.upstream)
        for _ in range(3):
            assert addresses(await made.answer(WWW, wire.A)) == ["192.0.2.1"]
        assert resolver.asked == ["www.example.com."]
        await clock.advance(20)
        await made.answer(WWW, wire.A)
        assert len(resolver.asked) == 2


async def test_without_upstream_the_refusal_is_at_once() -> None:
    made, _ = forwarder()
    assert (await made.answer(WWW, wire.A)).rcode == wire.REFUSED


async def test_a_silent_resolver_is_passed_over() -> None:
    async with serving(silent) as bad, serving(with_address()) as good:
        made, clock = forwarder(bad.upstream, good.upstream)
        while not bad.asked:
            made.cache._kept.clear()
            assert addresses(await made.answer(WWW, wire.A)) == ["192.0.2.1"]
        for number in range(5):
            await made.answer(wire.encode_name(f"{number}.example.com"), wire.A)
        assert len(bad.asked) == 1
        await clock.advance(60)
        for number in range(20):
            await made.answer(wire.encode_name(f"again-{number}.example.com"), wire.A)
        assert len(bad.asked) == 2


async def test_a_port_where_nobody_listens_fails_at_once() -> None:
    made, _ = forwarder(nobody(), try_seconds=5)
    started = time.monotonic()
    assert (await made.answer(WWW, wire.A)).rcode == wire.SERVFAIL
    assert time.monotonic() - started < 2


async def test_all_silent_is_servfail_and_is_not_kept() -> None:
    async with serving(silent) as bad:
        made, _ = forwarder(bad.upstream, try_seconds=0.05)
        assert (await made.answer(WWW, wire.A)).rcode == wire.SERVFAIL
        assert len(bad.asked) == 2
        bad.behaviour = with_address()
        assert addresses(await made.answer(WWW, wire.A)) == ["192.0.2.1"]


async def test_a_resolver_that_fails_does_not_hide_one_that_answers() -> None:
    async with serving(with_rcode(wire.SERVFAIL)) as bad, serving(with_address()) as good:
        made, _ = forwarder(bad.upstream, good.upstream)
        for number in range(10):
            assert (await made.answer(wire.encode_name(f"{number}.example.com"), wire.A)).rcode == wire.NOERROR
        assert bad.asked


async def test_nxdomain_is_an_answer() -> None:
    async with serving(with_rcode(wire.NXDOMAIN)) as one, serving(with_rcode(wire.NXDOMAIN)) as other:
        made, _ = forwarder(one.upstream, other.upstream)
        assert (await made.answer(WWW, wire.A)).rcode == wire.NXDOMAIN
        assert len(one.asked) + len(other.asked) == 1


async def test_what_does_not_fit_a_datagram_comes_over_tcp() -> None:
    async with serving(with_many(300)) as resolver:
        made, _ = forwarder(resolver.upstream)
        assert len((await made.answer(WWW, wire.A)).answers) == 300
        assert resolver.asked_tcp == ["www.example.com."]


async def test_forged_replies_are_ignored() -> None:
    async with serving(with_address()) as resolver:
        resolver.forged = True
        made, _ = forwarder(resolver.upstream)
        assert addresses(await made.answer(WWW, wire.A)) == ["192.0.2.1"]


async def test_the_same_question_is_asked_once_at_a_time() -> None:
    async with serving(with_address()) as resolver:
        resolver.release = asyncio.Event()
        made, _ = forwarder(resolver.upstream, try_seconds=5)
        asking = [asyncio.create_task(made.answer(WWW, wire.A), name=f"client {n}") for n in range(20)]
        while not resolver.asked:
            await asyncio.sleep(0.01)
        resolver.release.set()
        answers = await asyncio.gather(*asking)
        assert resolver.asked == ["www.example.com."]
        assert all(addresses(answer) == ["192.0.2.1"] for answer in answers)


async def test_a_client_that_gives_up_takes_nobody_with_it() -> None:
    async with serving(with_address()) as resolver:
        resolver.release = asyncio.Event()
        made, _ = forwarder(resolver.upstream, try_seconds=5)
        first = asyncio.create_task(made.answer(WWW, wire.A), name="first")
        while not resolver.asked:
            await asyncio.sleep(0.01)
        second = asyncio.create_task(made.answer(WWW, wire.A), name="second")
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).rcode == wire.SERVFAIL
        assert not made._in_flight


async def test_questions_under_way_are_bounded() -> None:
    async with serving(silent) as resolver:
        made, _ = forwarder(resolver.upstream, try_seconds=0.3, most_in_flight=3)
        asking = [made.answer(wire.encode_name(f"{n}.example.com"), wire.A) for n in range(10)]
        answers = await asyncio.gather(*asking)
        assert sorted(answer.rcode for answer in answers) == [wire.SERVFAIL] * 3 + [wire.REFUSED] * 7
