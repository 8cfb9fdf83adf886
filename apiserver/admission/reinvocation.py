"""What a mutating plugin remembers between the first round of changes and the second.

Those that ask to be called again are, if somebody changed the object after their turn: another of the same plugin, or
in between the plugins compiled in. Nobody is called for the first time in the second round.

Counterpart: the reinvocation contexts of apiserver/pkg/admission/plugin.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from pybernetes.api.object import Json, deep_copy
from pybernetes.apiserver.admission.operation import Operation


@dataclass(slots=True)
class Reinvocation:
    """Of one plugin, in one operation."""

    last_output: Json | None = None
    called: set[Hashable] = field(default_factory=set)
    due: set[Hashable] = field(default_factory=set)

    def start(self, operation: Operation) -> None:
        if operation.again and operation.obj != self.last_output:
            self.object_changed()

    def may_call(self, operation: Operation, key: Hashable) -> bool:
        return not operation.again or key in self.due

    def object_changed(self) -> None:
        """All who want to be called again and have been called are due."""
        self.due |= self.called
        self.called.clear()

    def end(self, operation: Operation) -> None:
        self.last_output = deep_copy(operation.obj)


def reinvocation_of(operation: Operation, plugin: str) -> Reinvocation:
    if operation.memory is None:
        operation.memory = {}
    found: Reinvocation = operation.memory.setdefault(plugin, Reinvocation())
    return found
