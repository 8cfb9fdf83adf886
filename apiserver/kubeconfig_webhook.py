"""Talking to a webhook that a kubeconfig file describes: about tokens, about authorization, about what was done.

Such a file names one cluster (the webhook's URL, CA and server name) and one user (how we show who we are: client
certificate, token or password). A connection that broke and an answer that says "not now" are tried again, after a
growing wait; everything else is the answer. Counterpart: apiserver/pkg/util/webhook.
"""

from __future__ import annotations

import base64
import random
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import yaml

from pybernetes.api.object import Json
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

_TRIES = 5
_FIRST_WAIT_SECONDS = 0.5
_WAIT_FACTOR = 1.5
_JITTER = 0.2
_MAX_ANSWER_BYTES = 3 << 20


class WebhookFailed(Exception):
    """The webhook gave no usable answer; the message says why."""


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where to ask, and as whom."""

    url: str
    context: ssl.SSLContext | None
    headers: Mapping[str, str]
    server_name: str = ""


class KubeconfigWebhook:
    """One webhook. Raises ValueError, OSError for a file that describes none."""

    def __init__(self, path: str, *, timeout_seconds: float = 30.0, clock: Clock = SYSTEM_CLOCK):
        self._target = load_target(Path(path))
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, review: Json) -> Json:
        """The review as the webhook gave it back. Raises WebhookFailed."""
        wait_seconds, body = _FIRST_WAIT_SECONDS, orjson.dumps(review)
        for attempt in range(1, _TRIES + 1):
            try:
                status, answer = await self._post(body)
                if status < 300:
                    return _object_of(answer)
                why, transient = f"the webhook answered {status}: {answer[:200]!r}", status in (429, 500, 504)
            except (aiohttp.ClientConnectorError, aiohttp.ClientPayloadError, TimeoutError) as error:
                why, transient = f"{type(error).__name__}: {error}", False
            except (aiohttp.ClientError, OSError) as error:
                why, transient = f"{type(error).__name__}: {error}", True
            if not transient or attempt == _TRIES:
                break
            await self._clock.sleep(wait_seconds * (1 + random.random() * _JITTER))
            wait_seconds *= _WAIT_FACTOR
        raise WebhookFailed(f"Post {self._target.url}: {why}")

    async def send(self, body: bytes) -> None:
        """Hand a document over, once; what comes back is of no interest. Raises WebhookFailed."""
        try:
            status, answer = await self._post(body)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise WebhookFailed(f"Post {self._target.url}: {type(error).__name__}: {error}") from None
        if status >= 300:
            raise WebhookFailed(f"Post {self._target.url}: the webhook answered {status}: {answer[:200]!r}")

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        target = self._target
        headers = {"content-type": "application/json", "accept": "application/json", **target.headers}
        async with self._session.post(
            target.url,
            data=body,
            headers=headers,
            ssl=target.context if target.context is not None else True,
            server_hostname=target.server_name or None,
            allow_redirects=False,
        ) as answer:
            return answer.status, await answer.content.read(_MAX_ANSWER_BYTES)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def load_target(path: Path) -> WebhookTarget:
    """The cluster and user of the file's current context. Raises ValueError, OSError."""
    try:
        config = yaml.load(path.read_bytes(), yaml.CSafeLoader)
        context = _named(config, "contexts", "context", config["current-context"])
        cluster = _named(config, "clusters", "cluster", context["cluster"])
        user = _named(config, "users", "user", context["user"]) if context.get("user") else {}
        url = str(cluster["server"])
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no kubeconfig with a current context: {error!r}") from error
    tls = _tls_of(cluster, user, path.parent) if url.startswith("https:") else None
    return WebhookTarget(url, tls, _headers_of(user, path.parent), str(cluster.get("tls-server-name") or ""))


def _named(config: Mapping[str, Any], field: str, kind: str, name: str) -> Mapping[str, Any]:
    return next((one.get(kind) or {} for one in config.get(field) or () if one.get("name") == name), {})


def _tls_of(cluster: Mapping[str, Any], user: Mapping[str, Any], base: Path) -> ssl.SSLContext:
    ca = _bytes_of(cluster, "certificate-authority", base)
    context = ssl.create_default_context(cadata=ca.decode() if ca else None)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = _bytes_of(user, "client-certificate", base), _bytes_of(user, "client-key", base)
    if certificate and key:
        with tempfile.NamedTemporaryFile() as file:  # an SSLContext takes a chain from a file only
            file.write(certificate + b"\n" + key)
            file.flush()
            context.load_cert_chain(file.name)
    return context


def _headers_of(user: Mapping[str, Any], base: Path) -> dict[str, str]:
    token = str(user.get("token") or "")
    if not token and user.get("tokenFile"):
        token = (base / str(user["tokenFile"])).read_text().strip()
    if token:
        return {"authorization": f"Bearer {token}"}
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password') or ''}"
        return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    return {}


def _bytes_of(owner: Mapping[str, Any], field: str, base: Path) -> bytes:
    """The content of ``<field>-data``, or of the file that ``<field>`` names."""
    if owner.get(f"{field}-data"):
        return base64.b64decode(str(owner[f"{field}-data"]))
    return (base / str(owner[field])).read_bytes() if owner.get(field) else b""


def _object_of(answer: bytes) -> Json:
    try:
        found = orjson.loads(answer)
    except orjson.JSONDecodeError as error:
        raise WebhookFailed(f"the webhook's answer is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise WebhookFailed("the webhook's answer is no object")
    return found
