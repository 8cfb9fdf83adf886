"""One object as the cache holds it: its bytes, and the few fields that selectors need.

What the store keeps is the object's JSON without its resourceVersion, starting with ``apiVersion``, ``kind`` and
``metadata`` in that order. The cache keeps what follows ``kind``, with the revision put in as the first field of
the metadata, because that is what all readers want:

- an object is the kind's prefix and the body;
- a list is the bodies joined, since the items of a list carry neither apiVersion nor kind;
- a watch event is the prefix in its envelope and the body.

No path that reads ever decodes an object.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from pybernetes.api.go_json import escaped
from pybernetes.api.object import Json

_METADATA_KEY = b'"metadata":{'


class Row:
    """What Tables show of an entry: its cells as bytes, cut at its age.

    `created` is the time that the age counts from; None where that is unknown, empty where no age is shown.
    """

    __slots__ = ("after", "before", "created")

    def __init__(self, before: bytes, created: str | None, after: bytes):
        self.before = before
        self.created = created
        self.after = after


class Entry:
    """An object at one revision. Never changed once made, so it can be shared by everyone.

    `fields` has the values of the kind's selectable fields in their order. Labels and fields are shared between
    entries that have the same (`shared_values`): a hundred thousand of these are held, beside their bytes.
    """

    __slots__ = (
        "body",
        "fields",
        "labels",
        "message",
        "metadata_end",
        "name",
        "namespace",
        "revision",
        "row",
        "shared",
    )

    def __init__(
        self,
        namespace: str,
        name: str,
        revision: int,
        body: bytes,
        labels: Mapping[str, str],
        fields: tuple[str, ...],
    ):
        self.namespace = namespace
        self.name = name
        self.revision = revision
        self.body = body
        self.labels = labels
        self.fields = fields
        self.metadata_end = 0  # in the body, once somebody has looked for it
        self.row: Row | None = None  # left here by the first Table that shows the entry
        self.message: bytes | None = None  # the object in protobuf, left by who first asked (`cache.messages`)
        self.shared: Json | None = None  # decoded once, for readers inside the server that never change it


def type_prefix(api_version: str, kind: str) -> bytes:
    """The bytes that every stored object of a kind starts with."""
    return b'{"apiVersion":%b,"kind":%b,' % (orjson.dumps(api_version), orjson.dumps(kind))


def encode(obj: Json) -> bytes:
    """The bytes to store: apiVersion, kind, metadata first, and no resourceVersion."""
    metadata = obj["metadata"]
    if "resourceVersion" in metadata:
        metadata = {key: value for key, value in metadata.items() if key != "resourceVersion"}
    head = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": metadata}
    value = orjson.dumps({**head, **{key: value for key, value in obj.items() if key not in head}})
    return b"%b" % value  # a copy of the right size: orjson's own holds on to 8 KB at least, and this one is kept


def body_at(value: bytes, prefix_length: int, revision: int) -> bytes:
    """The body of stored bytes, with its revision in place, spelled as it is sent."""
    return escaped(b'"metadata":{"resourceVersion":"%d",%b' % (revision, value[prefix_length + len(_METADATA_KEY) :]))


def decode(prefix: bytes, body: bytes) -> Json:
    """The object of an entry, as a value of its own that the caller may change."""
    obj: Json = orjson.loads(prefix + body)
    return obj
