"""grpc.health.v1.Health/Check: the one call that a gRPC probe makes, with the two messages in their wire form.

HealthCheckRequest is one string (field 1), HealthCheckResponse one enum (field 1): too little for generated code.
"""

from __future__ import annotations

import grpc.aio

METHOD = "/grpc.health.v1.Health/Check"
SERVING = 1
NAMES = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
_STRING_FIELD_1, _VARINT_FIELD_1 = 0x0A, 0x08


def encode_request(service: str) -> bytes:
    """HealthCheckRequest."""
    data = service.encode()
    return bytes([_STRING_FIELD_1]) + _varint(len(data)) + data if data else b""


def decode_response(data: bytes) -> int:
    """The status of a HealthCheckResponse; other fields are ignored."""
    if len(data) >= 2 and data[0] == _VARINT_FIELD_1:
        return data[1] & 0x7F
    return 0


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


async def check(address: str, service: str, timeout_seconds: float, agent: str) -> int:
    """The serving status. Raises grpc.aio.AioRpcError."""
    options = [("grpc.primary_user_agent", agent), ("grpc.enable_http_proxy", 0)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        call = channel.unary_unary(METHOD, request_serializer=encode_request, response_deserializer=decode_response)
        return int(await call(service, timeout=timeout_seconds, wait_for_ready=True))
