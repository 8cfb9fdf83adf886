"""The seam between what should be reachable and the way the kernel is told.

A backend is given targets, the whole or what changed, and makes the node behave so in one atomic step. It remembers
nothing that it could not find again: after a restart it is told everything once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pybernetes.proxy.endpoints import Routes
from pybernetes.proxy.services import ServicePort


@dataclass(frozen=True, slots=True)
class Target:
    """A service port with whom its traffic reaches."""

    port: ServicePort
    routes: Routes


Targets = Mapping[str, Target]


class BackendError(Exception):
    """The kernel was not told: what was there before is unchanged."""


class Backend(Protocol):
    """One address family on one node."""

    async def replace(self, targets: Targets) -> None:
        """Make the node serve exactly these, whatever was there. Raises `BackendError`."""

    async def update(self, changes: Mapping[str, Target | None]) -> None:
        """Change only these (None: gone). Needs an earlier `replace`. Raises `BackendError`."""

    async def intact(self) -> bool:
        """Whether what was written is still in force, as far as a cheap look can tell."""

    async def cleanup(self) -> None:
        """Take out everything that any proxy of this kind put in."""

    def rule_counts(self) -> Mapping[str, int]:
        """Rules in force, by table."""
