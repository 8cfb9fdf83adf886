"""Service account tokens for pods: asked for by TokenRequest, shared by the volumes that want the same, rotated.

A token is used for four fifths of its life, or a day, and then replaced; if the API server cannot be reached, the
old one serves until it expires. Counterpart: pkg/kubelet/token.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json, name_of, namespace_of, parse_time, uid_of
from pybernetes.client.client import Client
from pybernetes.client.transport import TransportError
from pybernetes.component.clock import Clock
from pybernetes.kubelet.pod_spec import spec_of

_MOST_SECONDS = 24 * 3600.0
_USED_PART = 0.8
_JITTER_SECONDS = 10.0

_Key = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    refresh_at: float
    expires_at: float


class TokenManager:
    """Tokens by pod, service account, audience and life time."""

    def __init__(self, client: Client, clock: Clock):
        self._client = client
        self._clock = clock
        self._tokens: dict[_Key, _Token] = {}
        self._locks: dict[_Key, asyncio.Lock] = {}

    async def token(self, pod: Json, audience: str, expiration_seconds: int) -> str:
        """A valid token. Raises `APIError`, `TransportError` when there is none and none can be had."""
        account = str(spec_of(pod).get("serviceAccountName") or "default")
        key = (uid_of(pod), namespace_of(pod), account, audience, expiration_seconds)
        async with self._locks.setdefault(key, asyncio.Lock()):
            held = self._tokens.get(key)
            now = self._clock.monotonic()
            if held is not None and now < held.refresh_at:
                return held.text
            try:
                self._tokens[key] = held = await self._request(pod, account, audience, expiration_seconds)
            except (APIError, TransportError):
                if held is None or now >= held.expires_at:
                    raise
        return held.text

    async def _request(self, pod: Json, account: str, audience: str, expiration_seconds: int) -> _Token:
        spec: Json = {
            "expirationSeconds": expiration_seconds,
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": name_of(pod), "uid": uid_of(pod)},
        }
        if audience:
            spec["audiences"] = [audience]
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        answer = await self._client.create(
            "serviceaccounts", body, subresource="token", namespace=namespace_of(pod), name=account
        )
        status = answer["status"]
        life = (parse_time(status["expirationTimestamp"]) - self._clock.now()).total_seconds()
        now = self._clock.monotonic()
        usable = min(life * _USED_PART, _MOST_SECONDS) - random.random() * min(_JITTER_SECONDS, life / 10)
        return _Token(status["token"], now + usable, now + life)

    def next_refresh_seconds(self, uid: str) -> float | None:
        """When the first of a pod's tokens has to be replaced; None if it has none."""
        times = [token.refresh_at for key, token in self._tokens.items() if key[0] == uid]
        return max(0.0, min(times) - self._clock.monotonic()) if times else None

    def forget(self, uid: str) -> None:
        """The pod is gone."""
        for key in [key for key in self._tokens if key[0] == uid]:
            del self._tokens[key]
        for key in [key for key in self._locks if key[0] == uid]:
            del self._locks[key]
