"""Whole bodies in Kubernetes' protobuf form.

    k8s\\x00  Unknown{typeMeta=1 {apiVersion=1, kind=2}, raw=2, contentEncoding=3, contentType=4}

The envelope says what the message in `raw` is; the message itself has neither apiVersion nor kind. A watch is a run
of frames, each four bytes of length and a bare WatchEvent{type=1, object=2 {raw=1}}, whose `raw` is the object in its
envelope: who watches knows what frames hold, and not what objects come.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.api.protobuf.kinds import find_kind
from pybernetes.api.protobuf.leaves import text
from pybernetes.api.protobuf.reading import message_of, read_message
from pybernetes.api.protobuf.wire import LENGTH, WireError, delimited, read_length, read_varint, skip
from pybernetes.api.protobuf.writing import writer_of

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
PREFIX = b"k8s\x00"
ENVELOPE_END = b"\x1a\x00\x22\x00"  # neither encoded nor of another type
MAX_BYTES = 64 << 20  # a list of ten thousand pods has half of it; request bodies are bounded far lower by the server


def decode(body: bytes) -> Json:
    """The object in a body, as Go would write it in JSON, with its apiVersion and kind.

    Raises ValueError: `UnknownKind` for a kind that is not built in, `WireError` for anything malformed.
    """
    if len(body) > MAX_BYTES:
        raise WireError(f"a body of {len(body)} bytes is over the limit of {MAX_BYTES}")
    if not body.startswith(PREFIX):
        raise WireError(
            f"provided data does not appear to be a protobuf message, expected prefix [{' '.join(map(str, PREFIX))}]"
        )
    envelope = _texts(body, len(PREFIX), len(body), 4)
    at = envelope.get(1, (0, 0))
    type_meta = _texts(body, *at, 2)
    api_version, kind = (text(body[slice(*type_meta.get(number, (0, 0)))]) for number in (1, 2))
    if not kind:
        raise WireError("Object 'Kind' is missing in the envelope")
    struct, table = find_kind(api_version, kind)
    start, stop = envelope.get(2, (0, 0))
    obj: Json = {"apiVersion": api_version, "kind": kind}
    try:
        return read_message(message_of(struct, table), body, start, stop, obj)
    except UnicodeDecodeError as error:
        raise WireError(f"a string is not UTF-8: {error.reason}") from None


def _texts(data: bytes, position: int, end: int, last: int) -> dict[int, tuple[int, int]]:
    """Where the fields 1 to `last` of a message start and stop; all of them are length-delimited."""
    found: dict[int, tuple[int, int]] = {}
    while position < end:
        tag, position = read_varint(data, position, end)
        number = tag >> 3
        if 1 <= number <= last:
            if tag & 7 != LENGTH:
                raise WireError(f"wrong wireType = {tag & 7} for field {number} of the envelope")
            found[number] = read_length(data, position, end)
            position = found[number][1]
        else:
            position = skip(data, position, end, tag)
    return found


def encode(obj: Json) -> bytes:
    """An object of a built-in kind in its envelope. It must have the declared shape, apiVersion and kind included.

    Raises `UnknownKind` for a kind that has no form in protobuf.
    """
    api_version, kind = obj.get("apiVersion") or "", obj.get("kind") or ""
    return envelope(api_version, kind, message(obj))


def message(obj: Json) -> bytes:
    """The same without its envelope."""
    struct, table = find_kind(obj.get("apiVersion") or "", obj.get("kind") or "")
    return writer_of(struct, table).write(obj)


def envelope(api_version: str, kind: str, message: bytes) -> bytes:
    """A message with what it is around it."""
    return envelope_start(api_version, kind) + delimited(2, message) + ENVELOPE_END


def envelope_start(api_version: str, kind: str) -> bytes:
    """What stands before the message, which follows as field 2, and `ENVELOPE_END`."""
    return PREFIX + delimited(1, delimited(1, api_version.encode()) + delimited(2, kind.encode()))


def watch_frame(event_type: str, obj: Json) -> bytes:
    """One event of a watch: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR with its object. Raises `UnknownKind`."""
    return watch_frame_of(event_type, encode(obj))


def watch_frame_of(event_type: str, enveloped: bytes) -> bytes:
    """The same of an object in its envelope."""
    event = delimited(1, event_type.encode()) + delimited(2, delimited(1, enveloped))
    return len(event).to_bytes(4, "big") + event
