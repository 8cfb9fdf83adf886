"""A write on its way to the store, as admission sees it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pybernetes.api.errors import APIError, forbidden
from pybernetes.api.object import Json, name_of
from pybernetes.api.resources import Resource
from pybernetes.apiserver.user import User

if TYPE_CHECKING:
    from pybernetes.apiserver.http import Request
    from pybernetes.apiserver.state import State

log = logging.getLogger(__name__)

CREATE, UPDATE, DELETE, CONNECT = "CREATE", "UPDATE", "DELETE", "CONNECT"


@dataclass(slots=True)
class Operation:
    """`obj` is the new state (None for a delete), `old` the one it replaces (None for a create).

    `warnings` are the request's: what a plugin adds is sent to the client. A plugin that takes something for the
    write (room in a quota) puts into `undo` what gives it back. `options` are those of a delete, whose body the verb
    has read; those of other writes are in the query of the `request`. `of_collection` marks one delete of many, which
    webhooks and policies are told of without a name. `memory` is what plugins keep from the first round of changes to
    the second (see `chain`).
    """

    state: State
    verb: str
    resource: Resource
    subresource: str
    namespace: str
    name: str
    user: User
    obj: Json | None
    old: Json | None
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)
    undo: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    request: Request | None = None
    options: Json | None = None
    of_collection: bool = False
    again: bool = False
    reinvoke: bool = False
    memory: dict[str, Any] | None = None

    async def failed(self, error: BaseException) -> None:
        """Give back what plugins took, if it is certain that the write did not happen.

        A store that did not answer, or a request cut off, may have written; then what was taken stays taken until
        whoever counts it (the quota controller) counts anew.
        """
        undo, self.undo = self.undo, []
        if not isinstance(error, APIError) or error.code >= 500:
            return
        for give_back in reversed(undo):
            try:
                await give_back()
            except APIError as failure:
                log.warning("could not give back what a refused write took", extra={"error": str(failure)})

    def annotate(self, key: str, value: str) -> None:
        """Note something for the audit log, once: what was noted first stays."""
        if self.request is not None:
            self.request.audit_annotations.setdefault(key, value)

    def is_for(self, plural: str, *verbs: str, subresource: str = "", group: str = "") -> bool:
        """Whether this is a write of one of `verbs` on the resource itself (or on the subresource named)."""
        resource = self.resource
        return (
            resource.plural == plural
            and resource.group == group
            and self.subresource == subresource
            and self.verb in verbs
        )

    def forbid(self, why: str) -> APIError:
        """The error of a plugin that refuses."""
        name = self.name or (name_of(self.obj) if self.obj else "")
        return forbidden(self.resource.plural, name, why, self.resource.group)
