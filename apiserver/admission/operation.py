"""A write on its way to the store, as admission sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pybernetes.api.errors import APIError, forbidden
from pybernetes.api.object import Json, name_of
from pybernetes.api.resources import Resource
from pybernetes.apiserver.user import User

if TYPE_CHECKING:
    from pybernetes.apiserver.state import State

CREATE, UPDATE, DELETE, CONNECT = "CREATE", "UPDATE", "DELETE", "CONNECT"


@dataclass(slots=True)
class Operation:
    """`obj` is the new state (None for a delete), `old` the one it replaces (None for a create)."""

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
