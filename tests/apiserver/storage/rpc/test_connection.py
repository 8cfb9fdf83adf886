"""HTTP/2 frame by frame: this in, that out, also from peers that are odd or hostile."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.apiserver.storage.rpc import connection as module
from pybernetes.apiserver.storage.rpc import frames
from pybernetes.apiserver.storage.rpc.connection import STREAM_WINDOW_BYTES, ProtocolFault
from pybernetes.apiserver.storage.rpc.frames import ErrorCode, Setting, frame
from pybernetes.apiserver.storage.rpc.status import Code, TransportError


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def test_greeting(new_peer: Any) -> None:
    kinds = [(kind, stream) for kind, _, stream, _ in new_peer.greeting]
    assert kinds == [(frames.SETTINGS, 0), (frames.WINDOW_UPDATE, 0)]
    settings = dict(frames.read_settings(new_peer.greeting[0][3]))
    assert settings[Setting.ENABLE_PUSH] == 0
    assert settings[Setting.INITIAL_WINDOW_SIZE] == STREAM_WINDOW_BYTES


def test_a_question_and_its_answer(peer: Any, answered: Any) -> None:
    stream = peer.ask(b"hello")
    (kind, flags, stream_id, block), data = peer.read()
    assert (kind, flags, stream_id) == (frames.HEADERS, frames.END_HEADERS, 1)
    assert peer.decoder.decode(block) == [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/a"),
        (":authority", "b"),
    ]
    assert data == (frames.DATA, frames.END_STREAM, 1, b"hello")
    peer.client.receive(peer.answer(1))
    assert (stream.told, stream.body) == (answered, b"answer")
    assert not peer.client.streams
    assert not peer.read()


def test_alike_headers_cost_a_byte_each(peer: Any) -> None:
    for _ in range(3):
        peer.ask()
    blocks = [payload for kind, _, _, payload in peer.read() if kind == frames.HEADERS]
    assert [len(block) for block in blocks[1:]] == [4, 4]
    assert [peer.decoder.decode(block) for block in blocks][2] == [
        (":method", "POST"), (":scheme", "http"), (":path", "/a"), (":authority", "b")
    ]  # fmt: skip


def test_frames_split_at_every_byte(peer: Any, answered: Any) -> None:
    answers = b"".join(peer.answer(stream_id, bytes([stream_id]) * 20) for stream_id in (1, 3))
    for cut in range(len(answers) + 1):
        fresh = type(peer)().settle()
        streams = [fresh.ask(), fresh.ask()]
        fresh.client.receive(answers[:cut])
        fresh.client.receive(answers[cut:])
        assert [stream.told for stream in streams] == [answered, answered]
        assert [stream.body for stream in streams] == [b"\1" * 20, b"\3" * 20]


def test_one_byte_at_a_time(peer: Any, answered: Any) -> None:
    stream = peer.ask()
    for byte in peer.answer(1):
        peer.client.receive(bytes([byte]))
    assert (stream.told, stream.body) == (answered, b"answer")


def test_padding_priority_and_continuation(peer: Any) -> None:
    stream = peer.ask()
    block = peer.encoder.encode([(":status", "200"), ("a", "b" * 50)])
    padded = bytes([3]) + number(0) + b"\x10" + block[:5] + bytes(3)
    first = frames.PADDED | frames.HAS_PRIORITY
    peer.client.receive(
        frame(frames.HEADERS, first, 1, padded)
        + frame(frames.CONTINUATION, 0, 1, block[5:9])
        + frame(frames.CONTINUATION, frames.END_HEADERS, 1, block[9:])
        + frame(frames.DATA, frames.PADDED | frames.END_STREAM, 1, bytes([2]) + b"body" + bytes(2))
    )
    assert (stream.told, stream.body) == ([{":status": "200", "a": "b" * 50}, "ended"], b"body")


def test_what_is_unknown_is_ignored(peer: Any, answered: Any) -> None:
    stream = peer.ask()
    peer.client.receive(
        frame(0x42, 0xFF, 1, b"what")
        + frame(frames.PRIORITY, 0, 1, bytes(5))
        + frame(frames.SETTINGS, 0, 0, b"\x77\x77" + number(5))
        + peer.answer(1)
    )
    assert stream.told == answered


def test_pings_are_answered_together(peer: Any) -> None:
    peer.client.receive(frame(frames.PING, 0, 0, b"12345678") + frame(frames.PING, frames.ACK, 0, b"abcdefgh"))
    peer.client.receive(frame(frames.PING, 0, 0, b"another "))
    assert peer.client.is_pinged
    assert not peer.read()
    peer.client.answer_pings()
    assert peer.read() == [(frames.PING, frames.ACK, 0, data) for data in (b"12345678", b"another ")]
    assert not peer.client.is_pinged


@pytest.mark.parametrize(
    ("code", "expected", "processed"),
    [
        (ErrorCode.REFUSED_STREAM, Code.UNAVAILABLE, False),
        (ErrorCode.CANCEL, Code.CANCELLED, True),
        (ErrorCode.NO_ERROR, Code.INTERNAL, True),
        (ErrorCode.ENHANCE_YOUR_CALM, Code.RESOURCE_EXHAUSTED, True),
        (0x7777, Code.INTERNAL, True),
    ],
)
def test_reset_by_the_server(peer: Any, code: int, expected: Code, processed: bool) -> None:
    stream = peer.ask()
    peer.client.receive(frames.rst_stream(1, code))
    assert isinstance(stream.error, TransportError)
    assert (stream.error.code, stream.error.processed) == (expected, processed)
    peer.client.receive(peer.answer(1) + frames.rst_stream(1, 0))  # what was on its way then
    assert stream.told == ["broke"]


def test_going_away_lets_the_served_finish_and_gives_back_the_others(peer: Any, answered: Any) -> None:
    served, unserved = peer.ask(), peer.ask()
    peer.client.receive(frames.goaway(frames.MAX_STREAM_ID, 0, "soon"))
    assert (peer.client.is_draining, served.told, unserved.told) == (True, [], [])
    late = peer.ask()
    assert not late.error.processed
    peer.client.receive(frames.goaway(1, 0, "now"))
    assert isinstance(unserved.error, TransportError)
    assert not unserved.error.processed
    peer.client.receive(peer.answer(1))
    assert served.told == answered


def test_a_lost_connection_tells_nothing_of_what_was_sent(peer: Any) -> None:
    sent = peer.ask()
    peer.client.receive(frames.settings({Setting.MAX_CONCURRENT_STREAMS: 1}))
    unsent = peer.ask()
    peer.client.lost("gone")
    assert (sent.error.processed, unsent.error.processed) == (True, False)
    assert peer.ask().error.processed is False


def test_no_more_streams_than_the_server_wants(new_peer: Any, answered: Any) -> None:
    peer = new_peer.settle(max_concurrent_streams=2)
    streams = [peer.ask() for _ in range(4)]
    given_up = peer.ask()
    peer.client.reset(given_up)
    assert [stream.id for stream in streams] == [1, 3, 0, 0]
    peer.client.receive(peer.answer(3))
    assert [stream.id for stream in streams] == [1, 3, 5, 0]
    peer.client.receive(frames.settings({Setting.MAX_CONCURRENT_STREAMS: 100}))
    assert [stream.id for stream in streams] == [1, 3, 5, 7]
    peer.client.receive(peer.answer(7))
    assert streams[3].told == answered
    assert given_up.told == []


def test_numbers_of_streams_run_out(peer: Any, answered: Any) -> None:
    peer.client._next_id = frames.MAX_STREAM_ID - 2
    streams = [peer.ask() for _ in range(3)]
    assert [stream.id for stream in streams] == [frames.MAX_STREAM_ID - 2, frames.MAX_STREAM_ID, 0]
    assert peer.client.is_draining
    assert not streams[2].error.processed
    peer.client.receive(peer.answer(streams[0].id))
    assert streams[0].told == answered


# Flow control


def sent_data(peer: Any) -> dict[int, bytes]:
    bodies: dict[int, bytes] = {}
    for kind, _, stream_id, payload in peer.read():
        if kind == frames.DATA:
            assert len(payload) <= frames.MAX_PAYLOAD_BYTES
            bodies[stream_id] = bodies.get(stream_id, b"") + payload
    return bodies


def test_large_bodies_wait_for_the_windows_and_take_turns(peer: Any) -> None:
    body = bytes(range(256)) * 400
    first, second = peer.ask(body), peer.ask(b"x" * 100_000)
    assert sent_data(peer) == {1: body[: frames.DEFAULT_WINDOW_BYTES]}
    peer.client.receive(frames.window_update(1, 200_000))
    assert sent_data(peer) == {}
    peer.client.receive(frames.window_update(0, 60_000))
    sent = sent_data(peer)
    assert sum(map(len, sent.values())) == 60_000
    assert set(sent) == {1, 3}
    peer.client.receive(frames.window_update(0, 1_000_000) + frames.window_update(3, 1_000_000))
    for stream_id, rest in sent_data(peer).items():
        sent[stream_id] += rest
    assert sent == {1: body[frames.DEFAULT_WINDOW_BYTES :], 3: b"x" * 100_000}
    assert [kind for kind, flags, _, _ in peer.sent if kind == frames.DATA and flags] == [frames.DATA] * 2
    assert not first.unsent
    assert not second.unsent


def test_an_initial_window_that_shrinks_and_grows(new_peer: Any) -> None:
    peer = new_peer.settle(initial_window_size=10)
    peer.ask(b"a" * 25)
    assert sent_data(peer) == {1: b"a" * 10}
    peer.client.receive(frames.settings({Setting.INITIAL_WINDOW_SIZE: 0}))
    peer.client.receive(frames.window_update(1, 10))
    assert sent_data(peer) == {}
    peer.client.receive(frames.settings({Setting.INITIAL_WINDOW_SIZE: 15}))
    assert sent_data(peer) == {1: b"a" * 15}


def test_who_stops_asking_stops_sending(peer: Any) -> None:
    stream = peer.ask(b"a" * 100_000)
    peer.read()
    peer.client.reset(stream)
    peer.client.receive(frames.window_update(0, 1_000_000))
    assert peer.read() == [(frames.RST_STREAM, 0, 1, number(ErrorCode.CANCEL))]


def test_an_answer_before_the_question_is_complete(peer: Any, answered: Any) -> None:
    stream = peer.ask(b"a" * 100_000)
    peer.read()
    peer.client.receive(peer.answer(1))
    assert stream.told == answered
    assert peer.read() == [(frames.RST_STREAM, 0, 1, number(ErrorCode.CANCEL))]
    peer.client.receive(frames.window_update(0, 1_000_000) + frames.window_update(1, 1_000_000))
    assert peer.read() == []


def credits_of(peer: Any) -> int:
    return sum(int.from_bytes(payload, "big") for kind, _, _, payload in peer.read() if kind == frames.WINDOW_UPDATE)


def test_what_is_read_may_be_sent_again_and_what_is_held_may_not(peer: Any) -> None:
    chunk = bytes(frames.MAX_PAYLOAD_BYTES)
    read, held = peer.ask(), peer.ask(end=False)
    peer.client.receive(peer.headers(1, (":status", "200")) + peer.headers(3, (":status", "200")))
    peer.read()
    count = STREAM_WINDOW_BYTES // len(chunk)
    for _ in range(count):
        peer.client.receive(frame(frames.DATA, 0, 1, chunk))
    assert credits_of(peer) > STREAM_WINDOW_BYTES // 2
    for _ in range(count):
        held.held += len(chunk)
        peer.client.receive(frame(frames.DATA, 0, 3, chunk))
    assert credits_of(peer) == 0
    with pytest.raises(ProtocolFault, match="exceeds its window"):
        peer.client.receive(frame(frames.DATA, 0, 3, b"more"))
    assert len(read.body) == STREAM_WINDOW_BYTES


def test_taking_what_was_held_gives_credit(peer: Any) -> None:
    stream = peer.ask(end=False)
    peer.client.receive(peer.headers(1, (":status", "200")))
    size = 0
    while size <= STREAM_WINDOW_BYTES // 2:
        stream.held += 16_000
        size += 16_000
        peer.client.receive(frame(frames.DATA, 0, 1, bytes(16_000)))
    assert credits_of(peer) == 0
    peer.client.taken(stream, size)
    assert credits_of(peer) == size


def test_the_connections_window_is_opened_also_for_streams_that_are_gone(
    peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.frames, "MAX_WINDOW_BYTES", 40_000)
    stream = peer.ask()
    peer.client.reset(stream)
    peer.read()
    for _ in range(3):
        peer.client.receive(frame(frames.DATA, 0, 1, bytes(10_000)))
    assert credits_of(peer) == 30_000


# What ends a connection

UNFINISHED = frame(frames.HEADERS, 0, 1, b"\x88")


@pytest.mark.parametrize(
    ("received", "code"),
    [
        (frames.head(frames.DATA, 0, 1, 16_385), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.DATA, 0, 3, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.DATA, 0, 2, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.DATA, 0, 0, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.DATA, frames.PADDED, 1, b"\x05abc"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.DATA, frames.PADDED, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.HEADERS, frames.END_HEADERS, 7, b"\x88"), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.HEADERS, frames.HAS_PRIORITY | frames.END_HEADERS, 1, b"abc"), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.HEADERS, frames.END_HEADERS, 1, b"\xff\xff\xff"), ErrorCode.COMPRESSION_ERROR),
        (frame(frames.HEADERS, frames.END_HEADERS, 1, b"\xfe"), ErrorCode.COMPRESSION_ERROR),
        (frame(frames.HEADERS, frames.END_HEADERS, 1, b"\x3f\xe2\x1f"), ErrorCode.COMPRESSION_ERROR),
        (UNFINISHED + frame(frames.DATA, 0, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (UNFINISHED + frame(frames.CONTINUATION, 0, 3, b"\x88"), ErrorCode.PROTOCOL_ERROR),
        (UNFINISHED + frame(frames.CONTINUATION, 0, 1, b""), ErrorCode.ENHANCE_YOUR_CALM),
        (UNFINISHED + frame(frames.CONTINUATION, 0, 1, bytes(16_000)) * 5, ErrorCode.ENHANCE_YOUR_CALM),
        (frame(frames.CONTINUATION, frames.END_HEADERS, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PUSH_PROMISE, 0, 1, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.RST_STREAM, 0, 1, bytes(3)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.RST_STREAM, 0, 5, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.SETTINGS, 0, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.SETTINGS, 0, 0, bytes(5)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.SETTINGS, frames.ACK, 0, bytes(6)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.settings({Setting.INITIAL_WINDOW_SIZE: 1 << 31}), ErrorCode.FLOW_CONTROL_ERROR),
        (frames.settings({Setting.MAX_FRAME_SIZE: 100}), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PING, 0, 0, bytes(7)), ErrorCode.FRAME_SIZE_ERROR),
        (frame(frames.PING, 0, 1, bytes(8)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.PING, 0, 0, bytes(8)) * 1001, ErrorCode.ENHANCE_YOUR_CALM),
        (frame(frames.GOAWAY, 0, 0, bytes(7)), ErrorCode.PROTOCOL_ERROR),
        (frame(frames.WINDOW_UPDATE, 0, 0, bytes(3)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.window_update(0, 0), ErrorCode.FLOW_CONTROL_ERROR),
        (frames.window_update(0, frames.MAX_WINDOW_BYTES), ErrorCode.FLOW_CONTROL_ERROR),
        (frames.window_update(9, 1), ErrorCode.PROTOCOL_ERROR),
    ],
)
def test_what_breaks_the_protocol(peer: Any, received: bytes, code: ErrorCode) -> None:
    peer.ask()
    peer.read()
    with pytest.raises(ProtocolFault) as caught:
        peer.client.receive(received)
    assert caught.value.code is code
    kind, _, _, payload = peer.read()[-1]
    assert (kind, payload[4:8]) == (frames.GOAWAY, number(code))
    assert peer.client.is_draining


@pytest.mark.parametrize("first", [frame(frames.PING, 0, 0, bytes(8)), frame(frames.SETTINGS, frames.ACK, 0, b"")])
def test_the_first_frame_must_be_the_settings(new_peer: Any, first: bytes) -> None:
    with pytest.raises(ProtocolFault, match="the first frame"):
        new_peer.client.receive(first)


@pytest.mark.parametrize("increment", [0, frames.MAX_WINDOW_BYTES])
def test_what_breaks_one_stream_only(peer: Any, answered: Any, increment: int) -> None:
    broken, other = peer.ask(), peer.ask()
    peer.read()
    peer.client.receive(frames.window_update(1, increment) + peer.answer(3))
    assert (broken.told, other.told) == (["broke"], answered)
    assert peer.read() == [(frames.RST_STREAM, 0, 1, number(ErrorCode.FLOW_CONTROL_ERROR))]


def test_a_smaller_table_for_headers(new_peer: Any) -> None:
    peer = new_peer.settle(header_table_size=0)
    peer.decoder.max_allowed_table_size = 0
    for _ in range(2):
        peer.ask()
    for kind, _, _, block in peer.read():
        if kind == frames.HEADERS:
            assert (":path", "/a") in peer.decoder.decode(block)
