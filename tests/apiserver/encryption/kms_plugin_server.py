"""A key management plugin, as tests have it: keys by their ids, seeds encrypted under the current one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from pybernetes.apiserver.encryption.kmspb import kms_pb2 as pb


class PluginServer:
    """What it is asked is counted in `asked`; `healthz` and `current` may be changed while it runs."""

    def __init__(self) -> None:
        self.current = "key-1"
        self.healthz = "ok"
        self.asked: list[str] = []

    async def status(self, request: Any, context: Any) -> Any:
        self.asked.append("Status")
        return pb.StatusResponse(version="v2", healthz=self.healthz, key_id=self.current)

    async def encrypt(self, request: Any, context: Any) -> Any:
        self.asked.append("Encrypt")
        sealed = f"{self.current}|".encode() + request.plaintext[::-1]
        return pb.EncryptResponse(ciphertext=sealed, key_id=self.current, annotations={"made.by": b"tests"})

    async def decrypt(self, request: Any, context: Any) -> Any:
        self.asked.append("Decrypt")
        assert request.uid and request.annotations["made.by"] == b"tests"
        key, _, seed = request.ciphertext.partition(b"|")
        if key.decode() != request.key_id:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "another key")
        return pb.DecryptResponse(plaintext=seed[::-1])


@asynccontextmanager
async def plugin_at(path: Path) -> AsyncIterator[PluginServer]:
    """Serve a plugin at a Unix socket."""
    plugin, server = PluginServer(), grpc.aio.server()
    methods = {
        name: grpc.unary_unary_rpc_method_handler(
            handler, request_deserializer=taken.FromString, response_serializer=given.SerializeToString
        )
        for name, handler, taken, given in (
            ("Status", plugin.status, pb.StatusRequest, pb.StatusResponse),
            ("Encrypt", plugin.encrypt, pb.EncryptRequest, pb.EncryptResponse),
            ("Decrypt", plugin.decrypt, pb.DecryptRequest, pb.DecryptResponse),
        )
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("v2.KeyManagementService", methods),))
    server.add_insecure_port(f"unix:{path}")
    await server.start()
    try:
        yield plugin
    finally:
        await server.stop(None)
