"""Answers from upstream, for as long as they may be kept, and never longer than `MOST_SECONDS`.

Bounded in number; when it is full the oldest goes. An answer that is taken out has lived for a while, so its records
say that much less. Time is handed in. Counterpart: CoreDNS's cache plugin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pybernetes.dns import foreign
from pybernetes.dns.wire import Answer

MOST_SECONDS = 30  # what kubeadm sets for CoreDNS: a change elsewhere is seen within this time
MOST_ANSWERS = 10_000  # about 3 MB of typical answers

Key = tuple[bytes, int, bool]


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    since: float
    until: float


class AnswerCache:
    """Answers by (name, type, whether DNSSEC records were asked for)."""

    def __init__(self, *, most_answers: int = MOST_ANSWERS, most_seconds: int = MOST_SECONDS):
        self._most_answers = most_answers
        self._most_seconds = most_seconds
        self._kept: dict[Key, _Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key, now: float) -> Answer | None:
        """The answer with TTLs as of now, or None."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if now >= kept.until:
            del self._kept[key]
            return None
        age = int(now - kept.since)
        return aged(kept.answer, age) if age else kept.answer

    def put(self, key: Key, answer: Answer, now: float) -> None:
        """Keep an answer, if it says that it may be kept."""
        seconds = min(foreign.keep_seconds(answer), self._most_seconds)
        if seconds <= 0:
            return
        self._kept.pop(key, None)
        while len(self._kept) >= self._most_answers:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = _Kept(answer, now, now + seconds)


def aged(answer: Answer, seconds: int) -> Answer:
    """The answer as it reads after some time."""

    def older(records: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return tuple(foreign.with_ttl(record, max(0, foreign.ttl_of(record) - seconds)) for record in records)

    return replace(
        answer,
        answers=older(answer.answers),
        authority=older(answer.authority),
        additional=older(answer.additional),
    )
