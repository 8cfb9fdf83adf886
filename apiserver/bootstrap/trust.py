"""What other API servers and components need to trust the same clients, as config maps of kube-system.

    extension-apiserver-authentication   the CAs of clients and of authenticating proxies, and the proxies' headers
    kube-apiserver-legacy-service-account-token-tracking   since when the use of old tokens is watched

An aggregated API server reads the first to believe our front proxy. Several API servers may run with different CAs, so
each adds what it has and takes nothing away but certificates that have ended.
Counterparts: clusterauthenticationtrust and legacytokentracking of kube-apiserver.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.bootstrap.startup import Submit

_PATH = "/api/v1/namespaces/kube-system/configmaps"
_TRUST = "extension-apiserver-authentication"
_TRACKING = "kube-apiserver-legacy-service-account-token-tracking"
_EXPIRED_FOR = timedelta(minutes=5)
_TRIES = 5


@dataclass(frozen=True, slots=True)
class ClusterTrust:
    """Whom this server believes: PEM bundles, and the names and headers of proxies as its flags spell them."""

    client_ca: str
    proxy_ca: str
    allowed_names: tuple[str, ...]
    user_headers: tuple[str, ...]
    uid_headers: tuple[str, ...]
    group_headers: tuple[str, ...]
    extra_prefixes: tuple[str, ...]


async def publish_trust(submit: Submit, trust: ClusterTrust, now: datetime) -> None:
    """Add what this server believes to what stands there. Raises `APIError`."""
    for attempt in range(_TRIES):
        found = await _get(submit, _TRUST)
        data = combined((found or {}).get("data") or {}, trust, now)
        if found is not None and found.get("data") == data:
            return
        try:
            if found is None:
                await submit("POST", _PATH, _config_map(_TRUST, data))
            else:
                await submit("PUT", f"{_PATH}/{_TRUST}", {**found, "data": data})
            return
        except APIError as error:
            if not (is_conflict(error) or is_already_exists(error)) or attempt + 1 == _TRIES:
                raise


async def start_token_tracking(submit: Submit, now: datetime) -> None:
    """Note the day from which on tokens that nobody used count as unused, unless it is noted. Raises `APIError`."""
    if await _get(submit, _TRACKING) is None:
        try:
            await submit("POST", _PATH, _config_map(_TRACKING, {"since": now.strftime("%Y-%m-%d")}))
        except APIError as error:
            if not is_already_exists(error):
                raise


def combined(there: Json, trust: ClusterTrust, now: datetime) -> dict[str, str]:
    """What stands there with what this server adds."""
    lists = {
        "requestheader-username-headers": trust.user_headers,
        "requestheader-uid-headers": trust.uid_headers,
        "requestheader-group-headers": trust.group_headers,
        "requestheader-extra-headers-prefix": trust.extra_prefixes,
        "requestheader-allowed-names": trust.allowed_names,
    }
    data = {
        "client-ca-file": _bundle(there.get("client-ca-file"), trust.client_ca, now),
        "requestheader-client-ca-file": _bundle(there.get("requestheader-client-ca-file"), trust.proxy_ca, now),
    }
    for name, values in lists.items():
        before = _list(there.get(name))
        data[name] = orjson.dumps(list(dict.fromkeys((*before, *values)))).decode()
    return data


def _bundle(there: str | None, own: str, now: datetime) -> str:
    """All certificates of both, each once, without those that have ended."""
    kept: dict[bytes, None] = {}
    for certificate in (*_certificates(there or ""), *_certificates(own)):
        if certificate.not_valid_after_utc > now - _EXPIRED_FOR:
            kept[certificate.public_bytes(serialization.Encoding.PEM)] = None
    return b"".join(kept).decode()


def _certificates(pem: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode()) if pem.strip() else []
    except ValueError:
        return []  # somebody wrote nonsense; what we have ourselves replaces it


def _list(text: str | None) -> Iterable[str]:
    try:
        found = orjson.loads(text or "[]")
    except orjson.JSONDecodeError:
        return []
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []


def _config_map(name: str, data: dict[str, str]) -> Json:
    metadata = {"name": name, "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def _get(submit: Submit, name: str) -> Json | None:
    try:
        return await submit("GET", f"{_PATH}/{name}")
    except APIError as error:
        if is_not_found(error):
            return None
        raise
