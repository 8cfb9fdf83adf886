"""Between our keys and values and etcd's: bytes, an optional namespace in front of every key, messages.

Pure functions and one small value; nothing here talks to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pybernetes.apiserver.storage.etcdpb import etcd_pb2 as pb
from pybernetes.apiserver.storage.interface import Event, EventType, KeyValue
from pybernetes.apiserver.storage.key_index import prefix_end

# In etcd a range from "\0" to "\0" is every key there is.
EVERY_KEY = b"\0"


@dataclass(frozen=True, slots=True)
class Keyspace:
    """Where in etcd our keys live. An empty namespace is all of it."""

    namespace: str = ""

    def key(self, key: str) -> bytes:
        """etcd's name of a key."""
        return (self.namespace + key).encode()

    def end(self, prefix: str) -> bytes:
        """etcd's name of the end of a prefix's range ("\\0": no end)."""
        end = prefix_end(self.namespace + prefix)
        return EVERY_KEY if end is None else end.encode()

    def value(self, kv: Any) -> KeyValue:
        """Ours for etcd's key, value and revision."""
        return KeyValue(kv.key.decode()[len(self.namespace) :], kv.value, kv.mod_revision)

    def events(self, events: Any, after: int) -> list[Event]:
        """Ours for etcd's events: those of the namespace, later than `after`."""
        found: list[Event] = []
        for event in events:
            kv = event.kv
            key = kv.key.decode(errors="replace")
            if kv.mod_revision <= after or not key.startswith(self.namespace):
                continue
            key = key[len(self.namespace) :]
            previous = None
            if event.HasField("prev_kv"):
                previous = KeyValue(key, event.prev_kv.value, event.prev_kv.mod_revision)
            kind = EventType.DELETE if event.type == pb.Event.DELETE else EventType.PUT
            found.append(Event(kind, key, kv.value, kv.mod_revision, previous))
        return found


def put(key: bytes, value: bytes, lease: int) -> Any:
    """The operation that writes a key."""
    return pb.RequestOp(request_put=pb.PutRequest(key=key, value=value, lease=lease))


def remove(key: bytes) -> Any:
    """The operation that deletes a key."""
    return pb.RequestOp(request_delete_range=pb.DeleteRangeRequest(key=key))


def compare_and(key: bytes, expected_revision: int, operation: Any) -> Any:
    """The transaction that does `operation` if the key is at a revision (0: absent), and reads the key if not."""
    compare = pb.Compare(result=pb.Compare.EQUAL, target=pb.Compare.MOD, key=key, mod_revision=expected_revision)
    found = pb.RequestOp(request_range=pb.RangeRequest(key=key))
    return pb.TxnRequest(compare=[compare], success=[operation], failure=[found])
