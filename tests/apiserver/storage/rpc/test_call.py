"""gRPC on a stream: messages cut from bodies, statuses from trailers, and what is no answer at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pybernetes.apiserver.storage.rpc.call import StreamingCall, UnaryCall, framed
from pybernetes.apiserver.storage.rpc.status import Code, RpcError, StatusError, TransportError
from pybernetes.apiserver.storage.rpc.stream import StreamFault

BEGIN = {":status": "200", "content-type": "application/grpc"}
OK = {"grpc-status": "0", "grpc-message": ""}


def unary(*told: dict[str, str] | bytes) -> UnaryCall:
    """A call that was told all this, and that this is all."""
    call = UnaryCall(asyncio.get_running_loop())
    try:
        for one in told:
            call.data(one) if isinstance(one, bytes) else call.headers(one)
        call.ended()
    except StreamFault as fault:
        call.broke(fault.error)
    return call


@pytest.mark.parametrize("message", [b"", b"answer", bytes(100_000)])
async def test_one_answer_in_pieces_of_any_size(message: bytes) -> None:
    body = framed(message)
    for size in (1, 3, 5, 7, 1000, 200_000):
        if len(body) // size < 1000:
            pieces = [body[at : at + size] for at in range(0, len(body), size)]
            assert await unary(BEGIN, *pieces, OK).done == message


@pytest.mark.parametrize(
    ("told", "error", "code", "text"),
    [
        ([BEGIN, {"grpc-status": "11", "grpc-message": "a%20b%C3%BC%"}], StatusError, Code.OUT_OF_RANGE, "a bü%"),
        ([BEGIN | {"grpc-status": "5"}], StatusError, Code.NOT_FOUND, ""),
        ([{":status": "503", "grpc-status": "14"}], StatusError, Code.UNAVAILABLE, ""),
        ([BEGIN, {"grpc-status": "99"}], StatusError, Code.UNKNOWN, "status '99'"),
        ([BEGIN, {"grpc-status": "x"}], StatusError, Code.UNKNOWN, "status 'x'"),
        ([BEGIN, framed(b"a"), {"grpc-status": "13"}], StatusError, Code.INTERNAL, ""),
        ([{":status": "404", "content-type": "text/html"}], TransportError, Code.UNIMPLEMENTED, "404"),
        ([{":status": "502"}], TransportError, Code.UNAVAILABLE, "502"),
        ([{":status": "200", "content-type": "text/plain"}], TransportError, Code.UNKNOWN, "text/plain"),
        ([OK], TransportError, Code.INTERNAL, "trailers without headers"),
        ([framed(b"a")], TransportError, Code.INTERNAL, "a body without headers"),
        ([BEGIN], TransportError, Code.INTERNAL, "without a status"),
        ([BEGIN, framed(b"a")], TransportError, Code.INTERNAL, "without a status"),
        ([BEGIN, OK], TransportError, Code.INTERNAL, "success without an answer"),
        ([BEGIN, framed(b"abc")[:-1], OK], TransportError, Code.INTERNAL, "within a message"),
        ([BEGIN, framed(b"a")[:3], OK], TransportError, Code.INTERNAL, "within a message"),
        ([BEGIN, framed(b"a") * 2, OK], TransportError, Code.INTERNAL, "two answers"),
        ([BEGIN, b"\1" + framed(b"a")[1:], OK], TransportError, Code.INTERNAL, "compressed"),
        ([BEGIN, b"\0\xff\xff\xff\xff", OK], TransportError, Code.INTERNAL, "a message of 4294967295 bytes"),
    ],
)
async def test_what_fails(told: Any, error: type[RpcError], code: Code, text: str) -> None:
    with pytest.raises(error) as caught:
        await unary(*told).done
    assert caught.value.code is code
    assert text in caught.value.details
    if isinstance(caught.value, TransportError):
        assert caught.value.processed


async def test_informational_headers_are_no_answer() -> None:
    assert await unary({":status": "103", "link": "x"}, BEGIN, framed(b"a"), OK).done == b"a"


async def test_many_answers_are_taken_together() -> None:
    call = StreamingCall()
    waiting = asyncio.create_task(call.take())
    await asyncio.sleep(0)
    call.headers(BEGIN)
    body = framed(b"a") + framed(b"") + framed(b"ccc")
    call.data(body[:-1])
    call.data(body[-1:])
    assert await waiting == ([b"a", b"", b"ccc"], len(body))
    assert call.held == len(body)  # until the connection is told that they were taken
    call.data(framed(b"d"))
    call.headers(OK)
    call.ended()
    assert (await call.take())[0] == [b"d"]
    assert (await call.take())[0] == []


async def test_what_came_before_an_error_is_given_first() -> None:
    call = StreamingCall()
    call.headers(BEGIN)
    call.data(framed(b"a"))
    call.broke(TransportError(Code.UNAVAILABLE, "gone"))
    assert (await call.take())[0] == [b"a"]
    with pytest.raises(TransportError, match="gone"):
        await call.take()
    waiting = StreamingCall()
    taking = asyncio.create_task(waiting.take())
    await asyncio.sleep(0)
    waiting.broke(TransportError(Code.UNAVAILABLE, "gone"))
    with pytest.raises(TransportError, match="gone"):
        await taking
