"""Makes sure that the image of a container is on the node, as its pull policy wants. Counterpart: pkg/kubelet/images.

    ensure(pod, container) → present? → (back-off?) → pull with each credential → what to make the container from

A pull that failed is not repeated before its back-off is over: 10 s, doubling, at most 5 min, for each pod and image.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pybernetes.api.object import Json, namespace_of, uid_of
from pybernetes.component.clock import Clock
from pybernetes.kubelet.backoff import Backoff
from pybernetes.kubelet.durations import format_duration
from pybernetes.kubelet.image_credentials import credentials_for
from pybernetes.kubelet.image_reference import InvalidReference, pull_policy, with_default_tag
from pybernetes.kubelet.pod_events import PodEvents
from pybernetes.kubelet.pod_spec import spec_of
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure, pull_failure
from pybernetes.kubelet.runtime.types import Image, ImageAuth, SandboxConfig

BACKOFF_FIRST_SECONDS, BACKOFF_MOST_SECONDS = 10.0, 300.0
DEFAULT_PARALLEL_PULLS = 5  # enough to use the line, few enough that each one ends
# What a container waits for when its image is the matter.
IMAGE_REASONS = frozenset(
    (
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImageNeverPull",
        "InvalidImageName",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    )
)


class ImageError(Exception):
    """The image cannot be had now. `reason` is what the container's state says."""

    def __init__(self, reason: str, message: str, retry_seconds: float = 0.0):
        super().__init__(reason, message)
        self.reason, self.message, self.retry_seconds = reason, message, retry_seconds


@dataclass(frozen=True, slots=True)
class Ensured:
    """An image on the node. `reference` is what CRI makes a container from."""

    reference: str
    image: Image


SecretGetter = Callable[[str, str], Awaitable[Json | None]]


class ImageManager:
    """Pulls what is missing. `secret(namespace, name)` gets pull secrets."""

    def __init__(
        self,
        runtime: Runtime,
        events: PodEvents,
        clock: Clock,
        secret: SecretGetter,
        *,
        parallel_pulls: int = DEFAULT_PARALLEL_PULLS,
    ):
        self._runtime = runtime
        self._events = events
        self._clock = clock
        self._secret = secret
        self._backoff = Backoff(clock, BACKOFF_FIRST_SECONDS, BACKOFF_MOST_SECONDS)
        self._failures: dict[str, str] = {}
        self._slots = asyncio.Semaphore(parallel_pulls)

    async def ensure(self, pod: Json, container: Json, config: SandboxConfig | None = None) -> Ensured:
        """The image, pulled if it must be. Raises `ImageError`."""
        name, image = container["name"], container.get("image") or ""
        try:
            reference = with_default_tag(image)
        except InvalidReference as error:
            message = f'Failed to apply default image tag "{image}": {error}'
            self._events.warning(pod, "InspectFailed", message, container=name)
            raise ImageError("InvalidImageName", message) from error
        present = await self._present(pod, name, reference)
        policy = pull_policy(container.get("imagePullPolicy"), image)
        if present is not None and policy != "Always":
            text = f'Container image "{image}" already present on machine and can be accessed by the pod'
            self._events.normal(pod, "Pulled", text, container=name)
            return Ensured(present.id, present)
        if policy == "Never":
            message = f'Container image "{image}" is not present with pull policy of Never'
            self._events.warning(pod, "ErrImageNeverPull", message, container=name)
            raise ImageError("ErrImageNeverPull", message)
        return await self._pull_unless_backing_off(pod, name, image, reference, config)

    async def _present(self, pod: Json, name: str, reference: str) -> Image | None:
        try:
            return await self._runtime.images.status(reference)
        except RuntimeFailure as error:
            message = f'Failed to inspect image "{reference}": {error}'
            self._events.warning(pod, "InspectFailed", message, container=name)
            raise ImageError("ImageInspectError", message) from error

    async def _pull_unless_backing_off(
        self, pod: Json, name: str, image: str, reference: str, config: SandboxConfig | None
    ) -> Ensured:
        key = f"{uid_of(pod)}_{reference}"
        remaining = self._backoff.remaining_since_update(key)
        if remaining > 0:
            failed = self._failures.get(key)
            message = f'Back-off pulling image "{image}"' + (f": {failed}" if failed else "")
            self._events.normal(pod, "BackOff", message, container=name)
            raise ImageError("ImagePullBackOff", message, remaining)
        asked = self._clock.monotonic()
        self._events.normal(pod, "Pulling", f'Pulling image "{image}"', container=name)
        async with self._slots:
            began = self._clock.monotonic()
            try:
                pulled = await self._pull(pod, reference, config)
            except RuntimeFailure as error:
                self._failed(pod, name, image, key, error)
                reason, message = pull_failure(image, error)
                raise ImageError(reason, message, self._backoff.remaining_since_update(key)) from error
        now = self._clock.monotonic()
        took, waited = format_duration(now - began), format_duration(now - asked)
        size = f"Image size: {pulled.image.size_bytes} bytes."
        text = f'Successfully pulled image "{image}" in {took} ({waited} including waiting). {size}'
        self._events.normal(pod, "Pulled", text, container=name)
        self._backoff.reset(key)
        self._failures.pop(key, None)
        return pulled

    def _failed(self, pod: Json, name: str, image: str, key: str, error: RuntimeFailure) -> None:
        self._events.warning(pod, "Failed", f'Failed to pull image "{image}": {error}', container=name)
        self._backoff.next(key, self._clock.monotonic())
        self._failures[key] = ": ".join(pull_failure(image, error))

    async def _pull(self, pod: Json, reference: str, config: SandboxConfig | None) -> Ensured:
        """Try each credential, or none if there is none. Raises the last RuntimeFailure."""
        attempts: Sequence[ImageAuth | None] = credentials_for(reference, await self._secrets(pod)) or [None]
        failure: RuntimeFailure | None = None
        for auth in attempts:
            try:
                pulled = await self._runtime.images.pull(reference, auth, config)
            except RuntimeFailure as error:
                failure = error
                continue
            image = await self._runtime.images.status(pulled)
            if image is not None:
                return Ensured(pulled, image)
            failure = RuntimeFailure("ImageStatus", f'image "{reference}" vanished after it was pulled')
        assert failure is not None
        raise failure

    async def _secrets(self, pod: Json) -> list[Json]:
        """The pull secrets that exist; a missing one may not be needed."""
        names = [each.get("name") or "" for each in spec_of(pod).get("imagePullSecrets") or ()]
        found = [await self._secret(namespace_of(pod), name) for name in names if name]
        return [secret for secret in found if secret is not None]

    def forget(self, uid: str) -> None:
        """The pod is gone."""
        self._backoff.forget_prefix(f"{uid}_")
        for key in [key for key in self._failures if key.startswith(f"{uid}_")]:
            del self._failures[key]
