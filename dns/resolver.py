"""From a message to a reply, or to a question for other resolvers. No I/O.

Most queries of a cluster are few and the same. So replies are kept as they were sent, by the whole query but for its
id: the common query is answered with one look-up and an id put in front. Whatever changes in the index empties that
memory, so it is never older than the index.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pybernetes.dns import foreign, wire
from pybernetes.dns.metrics import Counter, Stats
from pybernetes.dns.records import Alias, Index
from pybernetes.dns.wire import Answer, Query, WireError

_MOST_PREPARED = 4096  # replies kept; at 200 bytes and a few turns each, about 4 MB
_MOST_PREPARED_BYTES = 256  # a query longer than this is not of the common kind
_MOST_TURNS = 8  # orders kept of an answer with several records
_MOST_ALIASES = 8  # CNAMEs followed within the cluster
_TRANSFERS = frozenset((251, 252))  # IXFR, AXFR


@dataclass(frozen=True, slots=True)
class Ask:
    """What upstream must say before the query can be answered: this question, after `aliases` that lead to it."""

    query: Query
    name: bytes
    aliases: tuple[bytes, ...] = ()
    counter: Counter = field(default_factory=lambda: [0])

    def complete(self, found: Answer) -> Answer:
        """The whole answer, once upstream has answered."""
        if not self.aliases:
            return found
        return replace(found, answers=self.aliases + tuple(foreign.owned_by(r, self.name) for r in found.answers))


@dataclass(slots=True)
class _Prepared:
    """A reply without its id, in one or several orders, and how often it was sent."""

    turns: list[bytes]
    counter: Counter
    next: int = 0


class Resolver:
    """Answers for a cluster. `ready` is false until the index knows everything once."""

    def __init__(self, index: Index, stats: Stats):
        self.index = index
        self.ready = False
        self.probe_name = b""
        self.probe_seen = False
        self._stats = stats
        self._prepared: dict[bytes, _Prepared] = {}
        self._prepared_at = -1

    def respond(self, message: bytes, *, udp: bool) -> bytes | Ask | None:
        """The reply, or what to ask upstream first, or None for what deserves no reply."""
        if udp:
            if self._prepared_at != self.index.generation:
                self._prepared.clear()
                self._prepared_at = self.index.generation
            prepared = self._prepared.get(message[2:])
            if prepared is not None:
                prepared.counter[0] += 1
                prepared.next = (prepared.next + 1) % len(prepared.turns)
                return message[:2] + prepared.turns[prepared.next]
        try:
            query = wire.parse_query(message)
        except WireError:
            self._stats.malformed += 1
            return wire.refusal(message, wire.FORMERR)
        found = self.resolve(query)
        own = isinstance(found, Answer) and found.authoritative
        zone = self.index.zone if own or self._is_ours(query) else "."
        counter = self._stats.count(zone, "udp" if udp else "tcp", query)
        if isinstance(found, Ask):
            return replace(found, counter=counter)
        self._stats.answered(zone, found.rcode)
        limit = reply_limit(query, udp=udp)
        reply = wire.reply(query, found, limit=limit)
        if udp and found.authoritative and len(message) <= _MOST_PREPARED_BYTES:
            self._prepare(message, query, found, limit, counter)
        return reply

    def resolve(self, query: Query) -> Answer | Ask:
        """What to say to a well-formed query."""
        if query.opcode != 0:
            return Answer(wire.NOTIMP)
        if query.edns_version:
            return Answer(wire.BADVERS)
        if query.class_ != wire.IN or query.type == wire.ANY or query.type in _TRANSFERS:
            return Answer(wire.REFUSED)
        if query.type == wire.HINFO and query.name == self.probe_name:
            self.probe_seen = True
            return Answer(wire.REFUSED)
        return self._follow(query)

    def _is_ours(self, query: Query) -> bool:
        return query.name.endswith(self.index.zone_name)

    def _follow(self, query: Query) -> Answer | Ask:
        """Look the name up, and what it is an alias of."""
        name = query.name
        aliases: tuple[bytes, ...] = ()
        for _ in range(_MOST_ALIASES):
            labels = wire.labels_of(name)
            if not self.ready and self._is_ours(query):
                return Answer(wire.SERVFAIL)
            found = self.index.lookup(labels, query.type) if labels is not None else None
            if found is None:
                return Ask(query, name, aliases)
            if isinstance(found, Answer):
                if not aliases:
                    return found
                return replace(found, answers=aliases + tuple(foreign.owned_by(r, name) for r in found.answers))
            aliases = (*aliases, _alias_record(found, aliases, name))
            if query.type == wire.CNAME:
                return Answer(answers=aliases, authoritative=True)
            name = found.target
        return Answer(wire.SERVFAIL, answers=aliases)

    def _prepare(self, message: bytes, query: Query, answer: Answer, limit: int, counter: Counter) -> None:
        if len(self._prepared) >= _MOST_PREPARED:
            self._prepared.clear()
        turns = min(_MOST_TURNS, max(1, len(answer.answers)))
        replies = [wire.reply(query, answer, limit=limit, turn=turn)[2:] for turn in range(turns)]
        self._prepared[message[2:]] = _Prepared(replies, counter)


def _alias_record(alias: Alias, before: tuple[bytes, ...], name: bytes) -> bytes:
    return foreign.owned_by(alias.record, name) if before else alias.record


def reply_limit(query: Query, *, udp: bool) -> int:
    """How long a reply may be."""
    if not udp:
        return wire.MOST_BYTES
    return min(query.udp_bytes, wire.OUR_UDP_BYTES) if query.edns else wire.PLAIN_UDP_BYTES
