"""The parts of aggregation, put together for one server.

`remote_for` is on the road of every request: while there is no remote APIService it looks at one empty table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pybernetes.api.resources import Resource
from pybernetes.apiserver.aggregation.availability import Availability, Submit
from pybernetes.apiserver.aggregation.connection import Connections
from pybernetes.apiserver.aggregation.documents import Description, describe
from pybernetes.apiserver.aggregation.proxy import forward
from pybernetes.apiserver.aggregation.registration import Registration
from pybernetes.apiserver.aggregation.remote import Remote, Remotes
from pybernetes.apiserver.discovery import Discovery
from pybernetes.apiserver.http import Answer, Request
from pybernetes.apiserver.openapi.documents import OpenAPI
from pybernetes.apiserver.pki.control_plane import Credential
from pybernetes.apiserver.state import State
from pybernetes.apiserver.user import User

_AGAIN_SECONDS = 60.0


class Aggregator:
    """All remote APIServices of one server, and its own."""

    def __init__(self, state: State, submit: Submit, credential: Credential, discovery: Discovery, openapi: OpenAPI):
        self._state = state
        self._discovery, self._openapi = discovery, openapi
        self._due = asyncio.Event()
        self._told: dict[str, Description] = {}
        self.connections = Connections(state.cache, credential)
        self._remotes = Remotes(state.cache, self._on_change)
        self._availability = Availability(state, submit, self._remotes, self.connections)
        self.registration = Registration(state, submit)
        self.registration.show(discovery.resources)

    def _on_change(self) -> None:
        self._due.set()
        self._tell()
        self._availability.look()

    def show(self, resources: Sequence[Resource]) -> None:
        """There are other resources now."""
        self.registration.show(resources)

    def remote_for(self, path: str) -> Remote | None:
        """Who answers for a path, if it is another server."""
        remotes = self._remotes.by_version
        if not remotes:
            return None
        parts = path.split("/", 4)
        if len(parts) > 3 and parts[1] == "apis":
            return remotes.get((parts[2], parts[3]))
        if len(parts) > 2 and parts[1] == "api":
            return remotes.get(("", parts[2]))
        if path.startswith("/openapi/v3/apis/"):
            return self.remote_for(path.removeprefix("/openapi/v3"))
        return None

    async def answer(self, remote: Remote, request: Request, user: User) -> Answer:
        return await forward(self.connections, remote, request, user)

    async def check_registered(self) -> None:
        """Raises RuntimeError until every group version has had its APIService."""
        if not self.registration.completed.is_set():
            raise RuntimeError("not all APIServices are registered yet")

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.registration.run(), name="registration of API services")
            group.create_task(self._availability.run(), name="availability of API services")
            group.create_task(self._follow(), name="documents of API services")

    async def _follow(self) -> None:
        while True:
            waiting = asyncio.create_task(self._due.wait(), name="changes of API services")
            pause = asyncio.create_task(self._state.clock.sleep(_AGAIN_SECONDS), name="time to ask again")
            try:
                await asyncio.wait((waiting, pause), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                pause.cancel()
            self._due.clear()
            remotes = self._remotes.all()
            told = await asyncio.gather(*(describe(self.connections, one, self._told.get(one.name)) for one in remotes))
            self._told = {one.remote.name: one for one in told}
            self._tell()

    def _tell(self) -> None:
        """Let discovery and OpenAPI show what there is."""
        told = [self._told.get(one.name) or Description(one) for one in self._remotes.all()]
        self._discovery.show_remote(told)
        self._openapi.show_remote({one.remote.path.strip("/"): one.openapi_url for one in told if one.openapi_url})

    async def close(self) -> None:
        await self.connections.close()
