"""What an APIService with a service says, read once; and all of them, by group version."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from pybernetes.api.object import Json, is_condition_true, name_of
from pybernetes.apiserver.cache.watch_cache import WatchCache

APISERVICES = "apiservices.apiregistration.k8s.io"
_DEFAULT_PORT = 443


@dataclass(frozen=True, slots=True)
class Remote:
    """A group version that another server answers for. `ca_pem` is empty for the system's authorities."""

    name: str
    group: str
    version: str
    namespace: str
    service: str
    port: int
    ca_pem: bytes
    insecure: bool
    available: bool
    group_priority: int
    version_priority: int

    @property
    def origin(self) -> str:
        """Where it answers, under the name that its certificate is for."""
        return f"https://{self.service}.{self.namespace}.svc:{self.port}"

    @property
    def path(self) -> str:
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


def remote_of(api_service: Json) -> Remote | None:
    """None for an APIService that this server itself answers for."""
    spec = api_service.get("spec") or {}
    service = spec.get("service")
    if not service:
        return None
    try:
        ca_pem = base64.b64decode(spec.get("caBundle") or "")
    except binascii.Error:
        ca_pem = b"not readable"
    return Remote(
        name_of(api_service),
        spec.get("group") or "",
        spec.get("version") or "",
        service.get("namespace") or "",
        service.get("name") or "",
        int(service.get("port") or _DEFAULT_PORT),
        ca_pem,
        bool(spec.get("insecureSkipTLSVerify")),
        is_condition_true(api_service, "Available"),
        int(spec.get("groupPriorityMinimum") or 0),
        int(spec.get("versionPriority") or 0),
    )


class Remotes:
    """Follows the APIServices. `changed` is called when a remote one has come, gone or changed."""

    def __init__(self, cache: WatchCache, changed: Callable[[], None]):
        self.by_version: dict[tuple[str, str], Remote] = {}
        self._by_name: dict[str, Remote] = {}
        self._changed = changed
        cache.subscribe(APISERVICES, self._on_change)

    def _on_change(self, key: str, new: Json | None, old: Json | None) -> None:
        before = self._by_name.pop(key, None)
        now = remote_of(new) if new is not None else None
        if now is not None:
            self._by_name[key] = now
        if now != before:
            self.by_version = {(one.group, one.version): one for one in self._by_name.values()}
            self._changed()

    def all(self) -> list[Remote]:
        return [self._by_name[name] for name in sorted(self._by_name)]
