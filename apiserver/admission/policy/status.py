"""Keeps the status of validating policies: the generation that was looked at, and what type checking found.

Counterpart: pkg/controller/validatingadmissionpolicystatus. It runs in the server, where expressions can be compiled.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json
from pybernetes.apiserver.state import State

log = logging.getLogger(__name__)

Submit = Callable[[str, str, Json | None], Awaitable[Json]]
_POLICIES = "validatingadmissionpolicies.admissionregistration.k8s.io"
_PATH = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
_AGAIN_SECONDS = 1.0


class PolicyStatus:
    """Looks at each policy whose generation has not been looked at."""

    def __init__(self, state: State, submit: Submit):
        self._state, self._submit = state, submit
        self._due: dict[str, None] = {}
        self._wake = asyncio.Event()
        state.cache.subscribe(_POLICIES, self._on_change)

    def _on_change(self, key: str, new: Json | None, old: Json | None) -> None:
        if new is not None and not _is_current(new):
            self._due[key] = None
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, {}
            for name in due:
                if not await self._attempt(name):
                    await self._state.clock.sleep(_AGAIN_SECONDS)
                    self._due[name] = None
                    self._wake.set()

    async def _attempt(self, name: str) -> bool:
        from pybernetes.apiserver.admission.policy.type_checking import warnings_of  # CEL, with the first policy

        policy = self._state.cache.get(_POLICIES, name)
        if policy is None or _is_current(policy):
            return True
        try:
            found = warnings_of(policy, self._state.cache)
            checking: Json = {"expressionWarnings": found} if found else {}
            status = {
                **(policy.get("status") or {}),
                "observedGeneration": policy["metadata"]["generation"],
                "typeChecking": checking,
            }
            await self._submit("PUT", f"{_PATH}/{name}/status", {**policy, "status": status})
        except APIError as error:
            if is_not_found(error):
                return True
            if not is_conflict(error):
                log.warning("a policy's status could not be kept", extra={"policy": name, "error": str(error)})
            return False
        return True


def _is_current(policy: Json) -> bool:
    status = policy.get("status") or {}
    return bool(status.get("observedGeneration") == policy["metadata"].get("generation"))
