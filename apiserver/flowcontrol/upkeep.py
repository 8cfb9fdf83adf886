"""Keeps the flow-control objects of the cluster in order.

The mandatory objects are made whatever happens, and brought back to what they must be; the suggested ones are made
when they are missing, and follow this version as long as their annotation says that they may. A flow schema is told
in its status whether its priority level exists.

Counterpart: pkg/registry/flowcontrol/ensurer and apiserver/pkg/util/flowcontrol/apf_controller.go.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json, annotations_of, name_of
from pybernetes.api.resources import resource
from pybernetes.apiserver.bootstrap.flow_schemas import (
    AUTOUPDATE,
    mandatory_levels,
    mandatory_schemas,
    suggested_levels,
    suggested_schemas,
)
from pybernetes.apiserver.flowcontrol.control import LEVELS, SCHEMAS
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.storage.interface import StoreError

log = logging.getLogger(__name__)

PERIOD_SECONDS = 60.0

Submit = Callable[[str, str, Json | None], Awaitable[Json]]


def wanted_write(existing: Json | None, wanted: Json, *, mandatory: bool) -> Json | None:
    """What to write so that the cluster has a wanted object: pure. None if nothing is to be done."""
    if existing is None:
        return wanted
    updates = mandatory or _follows(existing)
    if not updates or (existing["spec"] == wanted["spec"] and annotations_of(existing).get(AUTOUPDATE) is not None):
        return None
    metadata = {**existing["metadata"]}
    metadata["annotations"] = {**annotations_of(existing), AUTOUPDATE: "true"}
    return {**existing, "metadata": metadata, "spec": wanted["spec"]}


def _follows(existing: Json) -> bool:
    """Whether a suggested object may be changed: it says so, or nobody has ever changed its spec."""
    said = annotations_of(existing).get(AUTOUPDATE)
    return said == "true" if said in ("true", "false") else existing["metadata"].get("generation") == 1


def dangling_condition(schema: Json, level_exists: bool, now: str) -> Json | None:
    """The condition that a schema should get: pure. None if it has it already."""
    level = schema["spec"]["priorityLevelConfiguration"]["name"]
    start = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}"'
    status = "False" if level_exists else "True"
    reason = "Found" if level_exists else "NotFound"
    message = f"{start} and it exists" if level_exists else f"{start} but there is no such object"
    conditions = (schema.get("status") or {}).get("conditions") or ()
    old = next((each for each in conditions if each.get("type") == "Dangling"), None)
    if old is not None and (old.get("status"), old.get("reason"), old.get("message")) == (status, reason, message):
        return None
    since = old["lastTransitionTime"] if old is not None and old.get("status") == status else now
    return {"type": "Dangling", "status": status, "lastTransitionTime": since, "reason": reason, "message": message}


class Upkeep:
    """Does it. `submit` asks the API."""

    def __init__(self, reader: Reader, submit: Submit, now: Callable[[], str]):
        self._reader, self._submit, self._now = reader, submit, now

    async def run(self) -> None:
        """Look after them when one changes, and every minute, until cancelled. A failure is logged and tried again."""
        changed = asyncio.Event()
        for resource_name in (LEVELS, SCHEMAS):
            self._reader.subscribe(resource_name, lambda key, new, old: changed.set())
        while True:
            changed.clear()
            try:
                await self.step()
            except (APIError, StoreError) as error:
                log.warning("flow schemas could not be seen to", extra={"error": str(error)})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PERIOD_SECONDS):
                    await changed.wait()

    async def step(self) -> None:
        """Bring objects and statuses to what they should be. Raises `APIError` if the API does not take them."""
        for resource_name, mandatory, suggested in (
            (LEVELS, mandatory_levels(), suggested_levels()),
            (SCHEMAS, mandatory_schemas(), suggested_schemas()),
        ):
            await self._ensure(resource_name, mandatory, mandatory=True)
            await self._ensure(resource_name, suggested, mandatory=False)
        await self._tell()

    async def _ensure(self, resource_name: str, objects: Iterable[Json], *, mandatory: bool) -> None:
        kind = resource(resource_name)
        for wanted in objects:
            existing = self._reader.get(resource_name, name_of(wanted))
            write = wanted_write(existing, wanted, mandatory=mandatory)
            if write is None:
                continue
            if existing is None:
                await self._quietly("POST", kind.path(), write)
            else:
                await self._quietly("PUT", kind.path(name=name_of(wanted)), write)

    async def _tell(self) -> None:
        levels = {name_of(level) for level in self._reader.list(LEVELS)}
        kind = resource(SCHEMAS)
        for schema in self._reader.list(SCHEMAS):
            exists = schema["spec"]["priorityLevelConfiguration"]["name"] in levels
            condition = dangling_condition(schema, exists, self._now())
            if condition is not None:
                conditions = (schema.get("status") or {}).get("conditions") or []
                others = [each for each in conditions if each.get("type") != "Dangling"]
                changed = {**schema, "status": {"conditions": [*others, condition]}}
                await self._quietly("PUT", kind.path(name=name_of(schema), subresource="status"), changed)

    async def _quietly(self, method: str, path: str, obj: Json) -> None:
        """Another server may have been first; then the next step looks again."""
        try:
            await self._submit(method, path, obj)
        except APIError as error:
            if not (is_conflict(error) or is_already_exists(error) or is_not_found(error)):
                raise
