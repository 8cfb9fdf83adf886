"""A key management plugin (version 2), asked over gRPC on a Unix socket.

Counterpart: staging/src/k8s.io/kms and apiserver's envelope/kmsv2/grpc_service.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pybernetes.apiserver.encryption.kmspb import kms_pb2 as pb

if TYPE_CHECKING:
    import grpc.aio

_SERVICE = "/v2.KeyManagementService"
_VERSIONS = ("v2", "v2beta1")
_LONGEST_KEY_ID = 1024
_LONGEST_ANNOTATIONS = 32 << 10


class PluginFailed(Exception):
    """The plugin could not be asked, or answered what cannot be."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """What a plugin made of a seed: to be given back to it when the seed is wanted."""

    ciphertext: bytes
    key_id: str
    annotations: Mapping[str, bytes]


class KmsPlugin:
    """The plugin at ``unix:///path`` or ``unix:///@abstract``. Connects when it is first asked."""

    def __init__(self, endpoint: str, timeout_seconds: float):
        self._endpoint = endpoint
        self._timeout_seconds = timeout_seconds
        self._channel: grpc.aio.Channel | None = None

    async def status(self) -> str:
        """The id of the plugin's current key. Raises PluginFailed unless it is well."""
        answer = await self._call("Status", pb.StatusRequest(), pb.StatusResponse)
        if answer.version not in _VERSIONS:
            raise PluginFailed(f'expected KMSv2 API version v2, got "{answer.version}"')
        if answer.healthz != "ok":
            raise PluginFailed(f'got unexpected healthz status "{answer.healthz}"')
        return _valid_key_id(answer.key_id)

    async def encrypt(self, seed: bytes, uid: str) -> Encrypted:
        """Raises PluginFailed."""
        answer = await self._call("Encrypt", pb.EncryptRequest(plaintext=seed, uid=uid), pb.EncryptResponse)
        annotations = dict(answer.annotations)
        if sum(len(key) + len(value) for key, value in annotations.items()) > _LONGEST_ANNOTATIONS:
            raise PluginFailed(f"annotations are larger than {_LONGEST_ANNOTATIONS} bytes")
        if not answer.ciphertext:
            raise PluginFailed("the plugin answered with an empty ciphertext")
        return Encrypted(answer.ciphertext, _valid_key_id(answer.key_id), annotations)

    async def decrypt(self, encrypted: Encrypted, uid: str) -> bytes:
        """The seed. Raises PluginFailed."""
        request = pb.DecryptRequest(
            ciphertext=encrypted.ciphertext, uid=uid, key_id=encrypted.key_id, annotations=dict(encrypted.annotations)
        )
        answer = await self._call("Decrypt", request, pb.DecryptResponse)
        return bytes(answer.plaintext)

    async def _call(self, method: str, request: Any, response: Any) -> Any:
        import grpc  # imported late: a tenth of a second that few clusters need
        import grpc.aio

        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(_target(self._endpoint))
        ask = self._channel.unary_unary(
            f"{_SERVICE}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response.FromString,
        )
        try:
            return await ask(request, timeout=self._timeout_seconds)
        except grpc.aio.AioRpcError as error:
            raise PluginFailed(f"{method}: {error.code().name}: {error.details()}") from error

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()


def _valid_key_id(key_id: str) -> str:
    if not key_id:
        raise PluginFailed("keyID is empty")
    if len(key_id) > _LONGEST_KEY_ID:
        raise PluginFailed(f"keyID is {len(key_id)} bytes, which exceeds the max size of {_LONGEST_KEY_ID}")
    return key_id


def _target(endpoint: str) -> str:
    """The endpoint as gRPC's library takes it. A name that starts with @ is in the abstract namespace."""
    path = endpoint.removeprefix("unix://")
    name = path.lstrip("/")
    return f"unix-abstract:{name[1:]}" if name.startswith("@") else f"unix:{path}"
