"""Every group version that this server answers for has an APIService that says so; the server makes them itself.

Those of custom resources go when their definition does. One that a person has made, or has taken the label from,
is left alone. Counterparts: kube-aggregator's autoregister controller, crdregistration, local_available_controller.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from pybernetes.api.errors import APIError, is_already_exists, is_conflict, is_not_found
from pybernetes.api.object import Json, labels_of, name_of
from pybernetes.api.resources import Resource
from pybernetes.apiserver.aggregation.availability import Finding, Submit, write_condition
from pybernetes.apiserver.aggregation.priorities import (
    CUSTOM_GROUP,
    CUSTOM_VERSION,
    GROUPS,
    REGISTRATION_GROUP,
    built_in_version,
)
from pybernetes.apiserver.aggregation.remote import APISERVICES
from pybernetes.apiserver.customresources.kind import CustomResource
from pybernetes.apiserver.state import State

log = logging.getLogger(__name__)

LABEL = "kube-aggregator.kubernetes.io/automanaged"
_ON_START, _ALWAYS = "onstart", "true"
_PATH = "/apis/apiregistration.k8s.io/v1/apiservices"
_LOCAL: Finding = ("True", "Local", "Local APIServices are always available")
_AGAIN_SECONDS = 5.0


def wanted_services(resources: Sequence[Resource]) -> dict[str, Json]:
    """The APIServices of all group versions, by name. Pure."""
    found: dict[str, Json] = {}
    for resource in resources:
        group, version = resource.group, resource.version
        name = f"{version}.{group}"
        if name in found or group == REGISTRATION_GROUP:
            continue
        custom = isinstance(resource, CustomResource)
        spec = {
            "version": version,
            "groupPriorityMinimum": CUSTOM_GROUP if custom else GROUPS.get(group, CUSTOM_GROUP),
            "versionPriority": CUSTOM_VERSION if custom else built_in_version(group, version),
        }
        found[name] = {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": name, "labels": {LABEL: _ALWAYS if custom else _ON_START}},
            "spec": {"group": group, **spec} if group else spec,
        }
    return found


class Registration:
    """Keeps the local APIServices."""

    def __init__(self, state: State, submit: Submit):
        self._state, self._submit = state, submit
        self._wanted: dict[str, Json] = {}
        self._due = asyncio.Event()
        self.completed = asyncio.Event()
        state.cache.subscribe(APISERVICES, self._on_change)

    def show(self, resources: Sequence[Resource]) -> None:
        """These are the resources now."""
        self._wanted = wanted_services(resources)
        self._due.set()

    def _on_change(self, key: str, new: Json | None, old: Json | None) -> None:
        if self.completed.is_set() and key in self._wanted:
            self._due.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            done = await asyncio.gather(*(self._attempt(name) for name in sorted({*self._wanted, *self._managed()})))
            if all(done):
                self.completed.set()
            else:
                await self._state.clock.sleep(_AGAIN_SECONDS)
                self._due.set()

    def _managed(self) -> list[str]:
        """Those that we made for what may be no more."""
        return [name_of(one) for one in self._state.cache.list(APISERVICES) if LABEL in labels_of(one)]

    async def _attempt(self, name: str) -> bool:
        try:
            await self._settle(name)
        except APIError as error:
            if is_conflict(error) or is_not_found(error) or is_already_exists(error):
                return False
            log.warning("an API service could not be kept", extra={"api_service": name, "error": str(error)})
            return False
        return True

    async def _settle(self, name: str) -> None:
        wanted, current = self._wanted.get(name), self._state.cache.get(APISERVICES, name)
        if wanted is None:
            if current is not None:
                await self._submit("DELETE", f"{_PATH}/{name}", None)
            return
        if current is None:
            await self._submit("POST", _PATH, wanted)
        elif LABEL in labels_of(current) and current.get("spec") != wanted["spec"]:
            await self._submit("PUT", f"{_PATH}/{name}", {**current, "spec": wanted["spec"]})
        current = self._state.cache.get(APISERVICES, name)
        if current is not None and not (current.get("spec") or {}).get("service"):
            await write_condition(self._state, self._submit, name, _LOCAL)
