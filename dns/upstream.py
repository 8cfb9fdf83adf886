"""Asking other resolvers, over UDP and, when a reply does not fit, TCP.

One question is under way at most once, however many ask it. Each goes out under a random id from a socket of its own,
so from a random port, and only a reply with that id and that question counts: others are ignored, as forgeries are. A
resolver that fails is passed over for a while, longer with each failure, unless none else is left. The number of
questions under way is bounded; more than that are turned down at once. Counterpart: CoreDNS's forward plugin.
"""

from __future__ import annotations

import asyncio
import logging
import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from pybernetes.component.clock import Clock
from pybernetes.dns import wire
from pybernetes.dns.cache import AnswerCache, Key
from pybernetes.dns.foreign import ForeignReply, parse_reply
from pybernetes.dns.metrics import Stats
from pybernetes.dns.resolv_conf import Upstream
from pybernetes.dns.wire import RCODE_NAMES, Answer, WireError

log = logging.getLogger(__name__)

_TRY_SECONDS = 2.0
_MOST_TRIES = 3  # so a client that waits the usual 5 seconds hears SERVFAIL only when three did not answer
_MOST_IN_FLIGHT = 1000  # CoreDNS's max_concurrent in kubeadm's configuration; a socket each
_DOWN_FIRST_SECONDS = 1.0
_DOWN_MOST_SECONDS = 30.0

_RANDOM = random.SystemRandom()


@dataclass(slots=True)
class _Health:
    failures: int = 0
    down_until: float = 0.0


class Forwarder:
    """Answers questions by asking `upstreams`. `looping` turns everything down: they ask us in turn."""

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        *,
        clock: Clock,
        stats: Stats,
        try_seconds: float = _TRY_SECONDS,
        most_in_flight: int = _MOST_IN_FLIGHT,
    ):
        self.upstreams = list(upstreams)
        self.looping = False
        self.cache = AnswerCache()
        self._clock = clock
        self._stats = stats
        self._try_seconds = try_seconds
        self._most_in_flight = most_in_flight
        self._health = {upstream: _Health() for upstream in self.upstreams}
        self._in_flight: dict[Key, asyncio.Future[Answer]] = {}

    async def answer(self, name: bytes, type_: int, *, dnssec_ok: bool = False) -> Answer:
        """What upstream says, from memory if possible. REFUSED without upstream, SERVFAIL when none answers."""
        if not self.upstreams or self.looping:
            return Answer(wire.REFUSED)
        key = (name, type_, dnssec_ok)
        kept = self.cache.get(key, self._clock.monotonic())
        if kept is not None:
            self._stats.cache_hits += 1
            return kept
        self._stats.cache_misses += 1
        under_way = self._in_flight.get(key)
        if under_way is not None:
            return await asyncio.shield(under_way)
        if len(self._in_flight) >= self._most_in_flight:
            self._stats.rejected += 1
            return Answer(wire.REFUSED)
        return await self._ask_once(key)

    async def _ask_once(self, key: Key) -> Answer:
        """Ask, and let everyone else who wants the same wait for it."""
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._in_flight[key] = done
        found = Answer(wire.SERVFAIL)
        try:
            found = await self._ask(key)
            self.cache.put(key, found, self._clock.monotonic())
            self._stats.cache_size = len(self.cache)
        finally:
            del self._in_flight[key]
            done.set_result(found)
        return found

    async def _ask(self, key: Key) -> Answer:
        """The first useful answer. One that says that it failed counts only when no other says more."""
        last = Answer(wire.SERVFAIL)
        for upstream in self._order()[:_MOST_TRIES]:
            try:
                found = await self._exchange(upstream, key)
            except (OSError, TimeoutError, WireError, asyncio.IncompleteReadError) as error:
                self._failed(upstream, error)
                continue
            self._health[upstream] = _Health()
            self._stats.asked(str(upstream), RCODE_NAMES.get(found.rcode, str(found.rcode)))
            if found.rcode not in (wire.SERVFAIL, wire.REFUSED, wire.NOTIMP):
                return found
            last = Answer(found.rcode)
        return last

    def _order(self) -> list[Upstream]:
        """Those that work, in random order, then those that did not, soonest first; one alone is asked twice."""
        now = self._clock.monotonic()
        working = [u for u in self.upstreams if self._health[u].down_until <= now]
        _RANDOM.shuffle(working)
        failed = [u for u in self.upstreams if u not in working]
        failed.sort(key=lambda upstream: self._health[upstream].down_until)
        order = working + failed
        return order * 2 if len(order) == 1 and working else order

    def _failed(self, upstream: Upstream, error: Exception) -> None:
        health = self._health[upstream]
        health.failures += 1
        seconds = min(_DOWN_MOST_SECONDS, _DOWN_FIRST_SECONDS * 2.0 ** min(health.failures - 1, 16))
        health.down_until = self._clock.monotonic() + seconds
        self._stats.asked(str(upstream), type(error).__name__)
        if health.failures == 1:
            reason = str(error) or type(error).__name__
            log.warning("upstream does not answer", extra={"upstream": str(upstream), "error": reason})

    async def _exchange(self, upstream: Upstream, key: Key) -> Answer:
        """One question to one resolver. Raises OSError, TimeoutError, `WireError`, IncompleteReadError."""
        async with asyncio.timeout(self._try_seconds):
            reply = await ask_udp(upstream, key)
            if reply.truncated:
                reply = await ask_tcp(upstream, key)
        return reply.answer

    async def probe(self, name: bytes) -> None:
        """Send a question that only this server knows to each upstream: if it comes back, they ask us."""
        for upstream in self.upstreams:
            try:
                async with asyncio.timeout(self._try_seconds):
                    await ask_udp(upstream, (name, wire.HINFO, False))
            except (OSError, TimeoutError, WireError) as error:
                log.info("upstream did not answer a probe", extra={"upstream": str(upstream), "error": str(error)})


async def ask_udp(upstream: Upstream, key: Key) -> ForeignReply:
    """Ask from a socket of its own. Raises OSError when the other side refuses."""
    loop = asyncio.get_running_loop()
    number = _RANDOM.getrandbits(16)
    answered: asyncio.Future[ForeignReply] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Exchange(number, key, answered), remote_addr=(upstream.address, upstream.port)
    )
    try:
        transport.sendto(wire.ask(number, key[0], key[1], dnssec_ok=key[2]))
        return await answered
    finally:
        transport.close()


class _Exchange(asyncio.DatagramProtocol):
    """Waits for the one reply that fits."""

    def __init__(self, number: int, key: Key, answered: asyncio.Future[ForeignReply]):
        self._number = number
        self._key = key
        self._answered = answered

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            reply = parse_reply(data)
        except WireError:
            return
        if fits(reply, self._number, self._key) and not self._answered.done():
            self._answered.set_result(reply)

    def error_received(self, exc: Exception) -> None:
        if not self._answered.done():
            self._answered.set_exception(exc)


async def ask_tcp(upstream: Upstream, key: Key) -> ForeignReply:
    """Ask over a connection. Raises OSError, `WireError`, asyncio.IncompleteReadError."""
    number = _RANDOM.getrandbits(16)
    reader, writer = await asyncio.open_connection(upstream.address, upstream.port)
    try:
        question = wire.ask(number, key[0], key[1], dnssec_ok=key[2])
        writer.write(struct.pack("!H", len(question)) + question)
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        reply = parse_reply(await reader.readexactly(length))
    finally:
        writer.close()
    if not fits(reply, number, key) or reply.truncated:
        raise WireError("reply does not fit the question")
    return reply


def fits(reply: ForeignReply, number: int, key: Key) -> bool:
    """Whether a reply is to what was asked."""
    return (reply.id, reply.name, reply.type) == (number, key[0], key[1])
