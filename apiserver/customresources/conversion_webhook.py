"""Asks the webhook of a definition to bring objects from one version to another.

Counterpart: apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence

from pybernetes.api.errors import APIError, failure
from pybernetes.api.object import Json
from pybernetes.apiserver.customresources.conversion_metrics import (
    CALL_FAILED,
    INVALID_OBJECT,
    MALFORMED,
    PARTIAL,
    converted,
)
from pybernetes.apiserver.customresources.conversion_review import (
    BadAnswer,
    BadObject,
    checked,
    objects_of,
    review_of,
    review_version,
)
from pybernetes.apiserver.webhooks.client import CallFailed, WebhookClient
from pybernetes.apiserver.webhooks.target import target_of

_TIMEOUT_SECONDS = 30.0
_AT_ONCE = 16


class _Failed(Exception):
    """What follows the name of the webhook in an error, and what metrics call it."""

    def __init__(self, why: str, failure_type: str):
        super().__init__(why)
        self.failure_type = failure_type


class ConversionWebhook:
    """The webhook of one definition, with the ``spec.conversion.webhook`` that it had when this was made."""

    def __init__(self, client: WebhookClient, definition: str, webhook: Json):
        self._client = client
        self._definition = definition
        self._config: Json = webhook["clientConfig"]
        self._version = review_version(webhook.get("conversionReviewVersions") or ())
        self._limit = asyncio.Semaphore(_AT_ONCE)

    async def convert(self, obj: Json, desired: str) -> Json:
        """The object in another version. Raises 500."""
        if not self._version:
            raise failure(500, "", "no supported conversion review versions")
        start, failure_type = time.perf_counter(), ""
        try:
            return await self._converted(obj, desired)
        except _Failed as error:
            failure_type = error.failure_type
            raise failure(500, "", f"conversion webhook for {obj['apiVersion']}, Kind={obj['kind']} {error}") from None
        finally:
            versions = obj["apiVersion"].rpartition("/")[2], desired.rpartition("/")[2]
            converted(self._definition, *versions, time.perf_counter() - start, failure_type)

    async def _converted(self, obj: Json, desired: str) -> Json:
        """Raises `_Failed`."""
        uid = str(uuid.uuid4())
        try:
            async with self._limit:
                answer = await self._client.post(
                    target_of(self._config),
                    review_of([obj], desired, uid, self._version),
                    timeout_seconds=_TIMEOUT_SECONDS,
                )
        except (CallFailed, ValueError) as error:
            raise _Failed(f"failed: {error}", CALL_FAILED) from None
        try:
            objects = objects_of(answer, uid, self._version)
        except (BadAnswer, ValueError) as error:
            raise _Failed(f"failed: {error}", MALFORMED) from None
        if len(objects) != 1:
            raise _Failed(f"returned {len(objects)} objects, expected 1", PARTIAL)
        try:
            return checked(obj, objects[0], desired)
        except BadObject as error:
            raise _Failed(str(error), INVALID_OBJECT) from None

    async def convert_all(self, objects: Sequence[Json], desired: str) -> list[Json | APIError]:
        """Each object in another version, or why it cannot be had. Each is asked for by itself, as Kubernetes does."""
        found = await asyncio.gather(*(self.convert(obj, desired) for obj in objects), return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException) and not isinstance(one, APIError):
                raise one
        return [one for one in found if isinstance(one, APIError | dict)]
