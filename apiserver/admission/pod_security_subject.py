"""What the Pod Security checks look at, and how they say what they found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pybernetes.api.object import Json

LATEST = 1 << 16  # as a minor version: later than any


class Finding(NamedTuple):
    """Why a pod is not within a level: shown as ``reason (detail)``."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Subject:
    """A pod, or the template of one, and the minor version of the standards that it is held against."""

    metadata: Json
    spec: Json
    minor: int = LATEST
    containers: list[Json] = field(init=False)

    def __post_init__(self) -> None:
        kinds = ("initContainers", "containers", "ephemeralContainers")
        found = [one for kind in kinds for one in self.spec.get(kind) or ()]
        object.__setattr__(self, "containers", found)

    @property
    def context(self) -> Json:
        return context_of(self.spec)

    @property
    def is_windows(self) -> bool:
        return ((self.spec.get("os") or {}).get("name")) == "windows"

    @property
    def has_user_namespace(self) -> bool:
        """Whether root in the pod is nobody on the node."""
        return self.spec.get("hostUsers") is False

    def names(self, applies: Callable[[Json], Any]) -> list[str]:
        """The containers that something is true of."""
        return [one["name"] for one in self.containers if applies(one)]


def context_of(holder: Json) -> Json:
    """The security context of a container or of a pod's spec."""
    return holder.get("securityContext") or {}


def quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def distinct(words: Iterable[str]) -> str:
    """Quoted, each once, sorted."""
    return quoted(sorted(set(words)))


def plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def containers(names: list[str]) -> str:
    """``container "a"`` or ``containers "a", "b"``."""
    return f"{plural('container', len(names))} {quoted(names)}"


def setters(pod: bool, names: list[str], *more: str) -> str:
    """``pod and container "a"``: who set what they must not."""
    return " and ".join([*(["pod"] if pod else []), *([containers(names)] if names else []), *more])
