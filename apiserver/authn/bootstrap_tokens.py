"""Bootstrap tokens: ``<id>.<secret>``, by which a new node asks for its certificate.

Each is a Secret ``bootstrap-token-<id>`` in kube-system. Counterpart: the bootstrap token authenticator.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from pybernetes.api.object import Json, is_deleting, parse_time
from pybernetes.apiserver.authn.token_authenticator import NEVER, Authenticated
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User
from pybernetes.component.clock import SYSTEM_CLOCK, Clock

SECRET_TYPE = "bootstrap.kubernetes.io/token"
SECRET_NAMESPACE = "kube-system"
SECRET_PREFIX = "bootstrap-token-"
DEFAULT_GROUP = "system:bootstrappers"

_TOKEN = re.compile(r"([a-z0-9]{6})\.([a-z0-9]{16})")
_GROUP = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")


class BootstrapTokens:
    """A `TokenAuthenticator` over the Secrets of the cluster."""

    def __init__(self, reader: Reader, *, api_audiences: tuple[str, ...], clock: Clock = SYSTEM_CLOCK):
        self._reader = reader
        self._api_audiences = api_audiences
        self._clock = clock

    def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """None also for a token that has expired or was revoked: then nobody knows it any more."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        shared = tuple(audience for audience in audiences if audience in self._api_audiences)
        secret = self._reader.get("secrets", SECRET_PREFIX + match[1], SECRET_NAMESPACE)
        if secret is None or not shared:
            return None
        found = check_secret(secret, match[1], match[2], self._clock.now())
        if found is None:
            return None
        user, expires_at = found
        key = f"{SECRET_NAMESPACE}/{SECRET_PREFIX}{match[1]}"
        return Authenticated(user, expires_at, (("secrets", key),), shared)


def check_secret(secret: Json, token_id: str, token_secret: str, now: datetime) -> tuple[User, float] | None:
    """The user of a token and when it expires (seconds since 1970), if the Secret grants it."""
    data = secret.get("data") or {}
    usable = (
        secret.get("type") == SECRET_TYPE
        and not is_deleting(secret)
        and _text(data, "token-id") == token_id
        and hmac.compare_digest(_text(data, "token-secret").encode(), token_secret.encode())
        and _text(data, "usage-bootstrap-authentication") == "true"
    )
    expires_at = _expiry(_text(data, "expiration"))
    groups = _groups(_text(data, "auth-extra-groups"))
    if not usable or expires_at is None or groups is None or now.timestamp() >= expires_at:
        return None
    return User(f"system:bootstrap:{token_id}", groups), expires_at


def _expiry(text: str) -> float | None:
    """Seconds since 1970, NEVER where nothing is said, None for what is no time: such a token counts as expired."""
    if not text:
        return NEVER
    try:
        return parse_time(text).timestamp()
    except ValueError:
        return None


def _groups(text: str) -> tuple[str, ...] | None:
    extra = sorted({group for group in text.split(",") if group})
    if not all(_GROUP.fullmatch(group) for group in extra):
        return None
    return DEFAULT_GROUP, *extra


def _text(data: Mapping[str, str], key: str) -> str:
    try:
        return base64.b64decode(data.get(key) or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
