"""Reading objects inside the API server: what authenticators, authorizers and admission need of the state.

The watch caches implement it. Everything is synchronous and in memory: these reads are on the path of every
request. Objects that come back are shared and must not be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from pybernetes.api.object import Json


class Reader(Protocol):
    """The current state, as far as this server has seen it."""

    def get(self, resource: str, name: str, namespace: str = "") -> Json | None:
        """The object, decoded, or None. `resource` is ``pods`` or ``roles.rbac.authorization.k8s.io``."""

    def list(self, resource: str, namespace: str = "") -> Iterable[Json]:
        """All objects of a resource, or those of a namespace, decoded."""

    def subscribe(self, resource: str, changed: Callable[[str, Json | None, Json | None], None]) -> None:
        """Call `changed(key, new, old)` for every object now (old is None) and for every change; new is None on delete.

        The key is ``namespace/name`` or ``name``.
        """
