"""Events kept in a list."""

from __future__ import annotations

from pybernetes.api.object import Json


class MemoryRecorder:
    """`told` is (reason, message) in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.paths: list[str] = []

    def event(self, obj: Json, type: str, reason: str, message: str, *, field_path: str = "") -> None:
        self.told.append((reason, message))
        self.paths.append(field_path)
