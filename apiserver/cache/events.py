"""One change, encoded at most once for each way that watchers want to see it."""

from __future__ import annotations

from pybernetes.apiserver.cache.entry import Entry

ADDED, MODIFIED, DELETED = b"ADDED", b"MODIFIED", b"DELETED"


class CacheEvent:
    """A change of one object: `new` is None for a delete, `old` for a create.

    `revision` is that of the write; of a delete it is later than the revision of the last state, and that last
    state is shown with it.
    """

    __slots__ = ("_encoded", "new", "old", "prefix", "revision")

    def __init__(self, prefix: bytes, new: Entry | None, old: Entry | None, revision: int):
        self.prefix = prefix
        self.new = new
        self.old = old
        self.revision = revision
        self._encoded: dict[object, bytes] = {}

    @property
    def subject(self) -> Entry:
        """The object that the event is about: its new state, or its last one."""
        entry = self.new or self.old
        assert entry is not None, "an event has an object"
        return entry

    def line(self, event_type: bytes, entry: Entry) -> bytes:
        """The event as a line of a JSON watch."""
        key = (event_type, entry is self.new)
        found = self._encoded.get(key)
        if found is None:
            found = self._encoded[key] = event_line(event_type, self.prefix, self._body_of(entry))
        return found

    def _body_of(self, entry: Entry) -> bytes:
        """The body; a removed object is shown at the revision of its removal."""
        if entry.revision == self.revision:
            return entry.body
        return at_revision(entry.body, self.revision)

    def kept(self, key: object) -> bytes | None:
        """An encoding that a watcher of another form has left here."""
        return self._encoded.get(key)

    def keep(self, key: object, encoded: bytes) -> bytes:
        self._encoded[key] = encoded
        return encoded


def event_line(event_type: bytes, prefix: bytes, body: bytes) -> bytes:
    return b'{"type":"%b","object":%b%b}\n' % (event_type, prefix, body)


def at_revision(body: bytes, revision: int) -> bytes:
    """A body with another revision in its place."""
    start = len(b'"metadata":{"resourceVersion":"')
    return b"%b%d%b" % (body[:start], revision, body[body.index(b'"', start) :])
