"""The current keys of a store, sorted, in memory: key -> revision of the row that holds its value.

A dictionary answers for one key. The order is kept in chunks of up to `_CHUNK_KEYS * 2` sorted keys, so that an
insertion moves a chunk's pointers and not those of the whole store: at a million keys one flat list would move
4 MB for every new key (some 400 us), a chunk 8 KB (under 1 us). Strings sort by code point, which is the order
of their UTF-8 bytes, so this order is also etcd's.

Strings, integers and lists of strings are all there is: nothing here makes the garbage collector's work longer
than the number of chunks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

# The cost of an insertion grows with the chunk, that of a count over a range with the number of chunks.
_CHUNK_KEYS = 1000

_SURROGATES = range(0xD800, 0xE000)
_LAST_CODE_POINT = 0x10FFFF


def prefix_end(prefix: str) -> str | None:
    """The first key after every key that starts with `prefix`; None when there is no such key."""
    while prefix:
        code = ord(prefix[-1]) + 1
        prefix = prefix[:-1]
        if code in _SURROGATES:
            code = _SURROGATES.stop
        if code <= _LAST_CODE_POINT:
            return prefix + chr(code)
    return None


def range_start(prefix: str, start_after: str) -> str:
    """The smallest key that is under `prefix` and after `start_after` ("": from the prefix on)."""
    return max(prefix, start_after + "\0") if start_after else prefix


class KeyIndex:
    """A sorted map from keys to revisions. Ranges are [start, end), and an `end` of None is open."""

    def __init__(self, revisions: dict[str, int] | None = None) -> None:
        self._revisions = {} if revisions is None else revisions
        ordered = sorted(self._revisions)
        self._chunks = [ordered[i : i + _CHUNK_KEYS] for i in range(0, len(ordered), _CHUNK_KEYS)]
        self._firsts = [chunk[0] for chunk in self._chunks]

    def __len__(self) -> int:
        return len(self._revisions)

    def get(self, key: str) -> int | None:
        """The revision of a key, None if it is absent."""
        return self._revisions.get(key)

    def set(self, key: str, revision: int) -> None:
        """Add a key or move it to another revision."""
        if key not in self._revisions:
            self._insert(key)
        self._revisions[key] = revision

    def remove(self, key: str) -> None:
        """Take a key out. Raises KeyError if it is absent."""
        del self._revisions[key]
        at = bisect_right(self._firsts, key) - 1
        chunk = self._chunks[at]
        del chunk[bisect_left(chunk, key)]
        if chunk:
            self._firsts[at] = chunk[0]
        else:
            del self._chunks[at], self._firsts[at]

    def count(self, start: str, end: str | None) -> int:
        """How many keys lie in a range."""
        first, first_offset = self._locate(start)
        last, last_offset = self._locate(end) if end is not None else (len(self._chunks), 0)
        if (last, last_offset) <= (first, first_offset):
            return 0
        return sum(len(chunk) for chunk in self._chunks[first:last]) - first_offset + last_offset

    def keys(self, start: str, end: str | None, limit: int = 0) -> list[str]:
        """The first `limit` keys of a range (0: all) in order."""
        found: list[str] = []
        at, offset = self._locate(start)
        while at < len(self._chunks) and (not limit or len(found) < limit):
            chunk = self._chunks[at]
            if end is not None and chunk[-1] >= end:
                found += chunk[offset : bisect_left(chunk, end)]
                break
            found += chunk[offset:] if offset else chunk
            at, offset = at + 1, 0
        return found[:limit] if limit else found

    def _insert(self, key: str) -> None:
        if not self._chunks:
            self._chunks.append([key])
            self._firsts.append(key)
            return
        at = max(bisect_right(self._firsts, key) - 1, 0)
        chunk = self._chunks[at]
        insort(chunk, key)
        self._firsts[at] = chunk[0]
        if len(chunk) > 2 * _CHUNK_KEYS:
            tail = chunk[_CHUNK_KEYS:]
            del chunk[_CHUNK_KEYS:]
            self._chunks.insert(at + 1, tail)
            self._firsts.insert(at + 1, tail[0])

    def _locate(self, key: str) -> tuple[int, int]:
        """The chunk and the place in it of the first key that is not before `key`."""
        at = max(bisect_right(self._firsts, key) - 1, 0)
        if at == len(self._chunks):
            return at, 0
        offset = bisect_left(self._chunks[at], key)
        return (at + 1, 0) if offset == len(self._chunks[at]) else (at, offset)
