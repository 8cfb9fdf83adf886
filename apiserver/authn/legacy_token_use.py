"""When tokens in secrets were used last: a label on the secret, with the day.

Whoever cleans up such tokens goes by it. A use is noted while the token is verified, which is synchronous, and written
a while later, once a day for each secret; a write that meets a conflict is left to the next use.

Counterpart: patchSecretWithLastUsedDate of pkg/serviceaccount/legacy.go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json, labels_of, name_of, namespace_of, uid_of

LAST_USED = "kubernetes.io/legacy-token-last-used"
WRITE_EVERY_SECONDS = 10.0
_PENDING_LIMIT = 1000

Submit = Callable[..., Awaitable[Json]]


class LegacyTokenUse:
    """Notes uses, and writes them."""

    def __init__(self) -> None:
        self._pending: dict[tuple[str, str], tuple[str, str]] = {}

    def note(self, secret: Json, now: datetime) -> None:
        """The token in this secret was used. What finds no room is noted at another use."""
        today, tomorrow = (f"{day:%Y-%m-%d}" for day in (now, now + timedelta(days=1)))
        if labels_of(secret).get(LAST_USED) in (today, tomorrow) or len(self._pending) >= _PENDING_LIMIT:
            return
        self._pending[namespace_of(secret), name_of(secret)] = (uid_of(secret), today)

    async def write(self, submit: Submit) -> None:
        """Write what was noted. Raises APIError for what is neither a conflict nor a secret that is gone."""
        pending, self._pending = self._pending, {}
        for (namespace, name), (uid, day) in pending.items():
            path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
            try:
                secret = await submit("GET", path)
                if uid_of(secret) == uid:
                    metadata = {**secret["metadata"], "labels": {**labels_of(secret), LAST_USED: day}}
                    await submit("PUT", path, {**secret, "metadata": metadata})
            except APIError as error:
                if not is_conflict(error) and not is_not_found(error):
                    raise
