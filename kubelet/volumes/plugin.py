"""What a volume plugin is, and what it is given to work with.

A plugin makes a directory of the node hold what a volume should hold. `set_up` may be called again at any time: to
bring the content up to date, or because the kubelet was killed half way. Taking down needs no plugin: the manager
unmounts what is mounted and removes the directory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pybernetes.api.object import Json
from pybernetes.kubelet.field_refs import NodeFacts


class Objects(Protocol):
    """Access to what pods on this node may refer to."""

    async def get(self, kind: str, namespace: str, name: str) -> Json | None:
        """A config map, secret or claim, or None if there is none. Raises `APIError`, `TransportError`."""


class Tokens(Protocol):
    """Service account tokens for pods."""

    async def token(self, pod: Json, audience: str, expiration_seconds: int) -> str:
        """A token that is valid for some time yet. Raises `APIError`, `TransportError`."""


class Images(Protocol):
    """Images for volumes of type image."""

    async def pull(self, pod: Json, container: Json) -> str:
        """What CRI mounts for the image that `container` names. Raises `VolumeError`."""

    async def runtime_version(self) -> tuple[str, str]:
        """The runtime's name and version. Raises RuntimeFailure."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where contents come from."""

    objects: Objects
    tokens: Tokens
    images: Images
    node: NodeFacts


@dataclass(frozen=True, slots=True)
class Request:
    """One volume of one pod. `directory` is where it is to be; `group` is the pod's fsGroup."""

    pod: Json
    volume: Json
    directory: Path
    pod_ips: Sequence[str] = ()
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume that is ready: what to mount into containers. `image`: the runtime mounts that instead of `path`."""

    path: Path
    read_only: bool = False
    image: str = ""


class Plugin(Protocol):
    """One kind of volume."""

    field: str  # the field of spec.volumes[*] that this plugin is for
    directory_name: str  # below the pod's volumes directory, without its prefix

    async def set_up(self, context: Context, request: Request) -> Volume:
        """Make the volume ready or bring it up to date. Raises `VolumeError`, OSError, `APIError`, `TransportError`."""
