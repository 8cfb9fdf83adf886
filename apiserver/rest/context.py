"""One request for one resource, with all that a verb needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from pybernetes.api.definition import Definition
from pybernetes.api.errors import APIError, bad_request, not_found
from pybernetes.api.field import shown
from pybernetes.api.names import path_segment
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.operation import CONNECT, CREATE, Operation
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.http import Request
from pybernetes.apiserver.paths import PathInfo
from pybernetes.apiserver.query import every
from pybernetes.apiserver.resources.hooks import NO_HOOKS, Hooks
from pybernetes.apiserver.rest.negotiation import PLAIN, Wanted
from pybernetes.apiserver.state import State
from pybernetes.apiserver.user import User


@dataclass(slots=True)
class Context:
    """The request, whom it is from, the resource it is for, and how the answer is wanted."""

    state: State
    request: Request
    info: PathInfo
    user: User
    cache: ResourceCache
    wanted: Wanted = PLAIN
    resource: Resource = field(init=False)
    definition: Definition = field(init=False)

    def __post_init__(self) -> None:
        self.resource, self.definition = self.cache.resource, self.cache.definition

    @property
    def hooks(self) -> Hooks:
        return self.state.hooks.get(self.cache.resource.qualified_name, NO_HOOKS)

    @property
    def dry_run(self) -> bool:
        """Whether the request only wants to see what would happen; its value has been checked by now."""
        return bool(self.request.query) and any(every(self.request, "dryRun"))

    def not_found(self, name: str = "") -> APIError:
        """404; 400 for a name that nothing in a path can have."""
        name = name or self.info.name
        wrong = path_segment(name)
        if wrong:
            return bad_request(f"Name parameter invalid: {shown(name)}: {';'.join(wrong)}")
        return not_found(self.resource.plural, name, self.resource.group)

    def known(self) -> Entry | None:
        """The object that the path names as this server has seen it last. None: it has to be asked for."""
        if self.cache.converts:
            return None
        return self.cache.get(self.info.namespace if self.resource.namespaced else "", self.info.name)

    async def current(self) -> Entry:
        """The object that the path names, as of now. Raises 404."""
        await self.state.cache.catch_up()
        namespace = self.info.namespace if self.resource.namespaced else ""
        if self.cache.converts:
            await self.cache.settled(namespace, self.info.name)
        entry = self.cache.get(namespace, self.info.name)
        if entry is None:
            raise self.not_found()
        return entry

    def operation(self, verb: str, obj: Json | None, old: Json | None, *, subresource: str = "") -> Operation:
        """The write of this request as admission sees it. `subresource` is for a path that does not say it."""
        info = self.info
        return Operation(
            self.state,
            verb,
            self.resource,
            subresource or info.subresource,
            info.namespace,
            info.name,
            self.user,
            obj,
            old,
            verb != CONNECT and self.dry_run,
            self.request.warnings,
            request=self.request,
        )

    async def admit(self, obj: Json, verb: str = CREATE) -> None:
        """Let admission change and judge what is not stored: a token request, a review, the options of an exec.

        Raises 403.
        """
        operation = self.operation(verb, obj, None)
        await self.state.admission.mutate(operation)
        await self.state.admission.validate(operation)
